import { describe, expect, test } from 'vitest'
import { Layers } from '../../../../src/cli/terminal/progress/layers.ts'
import { engines, event, pulls, recorded } from './streams.ts'

type Word = Parameters<typeof event>

function taken(...words: Word[]) {
  const layers = new Layers()
  const bytes = words.map(word => layers.take(event(...word)))
  return { layers, bytes }
}

const begin: Word = ['Pulling from app', '1']

describe('one layer', () => {
  test.each<[string, Word[], object]>([
    ['waiting', [['Pulling fs layer', 'a']], { step: 'waiting', current: 0, total: undefined }],
    ['downloading', [['Downloading', 'a', 5, 10]], { step: 'downloading', current: 5, total: 10 }],
    ['with no total', [['Downloading', 'a', 5]], { step: 'downloading', current: 5, total: undefined }],
    // As the last word before "Retrying" says when the connection broke off half-way.
    [
      'all of it, which the next word will show',
      [
        ['Downloading', 'a', 5, 10],
        ['Downloading', 'a', 10, 10],
      ],
      { step: 'downloading', current: 5, total: 10 },
    ],
    ['more than there is', [['Downloading', 'a', 50, 10]], { step: 'downloading', current: 0, total: 10 }],
    ['with a total of 0', [['Downloading', 'a', 5, 0]], { current: 5, total: undefined }],
    ['with a total of -1', [['Downloading', 'a', 5, -1]], { current: 5, total: undefined }],
    [
      'from the start',
      [
        ['Downloading', 'a', 9, 10],
        ['Downloading', 'a', 1, 10],
      ],
      { current: 1, total: 10 },
    ],
    [
      'that the Engine tries again',
      [
        ['Downloading', 'a', 9, 10],
        ['Retrying in 5 seconds', 'a'],
      ],
      { step: 'retrying', current: 0, total: 10, status: 'Retrying in 5 seconds' },
    ],
    [
      'extracting, in bytes',
      [
        ['Downloading', 'a', 5, 10],
        ['Extracting', 'a', 2, 10],
      ],
      { step: 'extracting', current: 10, extracted: { current: 2, total: 10 } },
    ],
    [
      'extracting, in seconds',
      [
        ['Downloading', 'a', 5, 10],
        ['Extracting', 'a', 4],
      ],
      { step: 'extracting', current: 10, total: 10, extracted: { current: 4, total: undefined } },
    ],
    [
      'whose size is reported late',
      [
        ['Download complete', 'a'],
        ['Extracting', 'a', 2, 10],
      ],
      { step: 'extracting', current: 10, total: 10 },
    ],
  ])('%s', (_, words, expected) => {
    const { layers } = taken(...words, ['Pulling fs layer', 'b'])
    const seen = layers.active[0] ?? { step: 'waiting', current: 0, total: undefined }
    expect(seen).toMatchObject(expected)
  })

  test.each([['Pulling from app'], ['Digest: sha256:1'], ['constructor'], ['Lädt'], ['']])(
    'is none for %j',
    status => {
      expect(taken([status, 'a']).layers.sum.layers).toBe(0)
    },
  )

  test.each([['ten'], [Number.NaN], [{}], [null]])('has no size where %j is reported for it', what => {
    const word = ['Downloading', 'a', what, what] as unknown as Word
    const { layers, bytes } = taken(begin, word)
    expect(bytes).toEqual([0, 0])
    expect(layers.sum).toEqual({ layers: 1, done: 0, current: 0, total: 0, fraction: 0, left: undefined })
  })
})

test('the bytes that have come since the last word', () => {
  const { bytes } = taken(
    begin,
    ['Downloading', 'a', 4, 10],
    ['Downloading', 'a', 7, 10],
    ['Downloading', 'b', 2, 5],
    ['Retrying in 1 second', 'a'],
    ['Downloading', 'a', 1, 10],
    ['Downloading', 'a', 3, 10],
    ['Verifying Checksum', 'a'],
    ['Download complete', 'a'],
    ['Extracting', 'a', 5, 10],
    ['Extracting', 'c', 5, 99],
  )
  expect(bytes).toEqual([0, 4, 3, 2, 0, 1, 2, 7, 0, 0, 0])
})

describe('all layers', () => {
  const two: Word[] = [begin, ['Pulling fs layer', 'a'], ['Pulling fs layer', 'b']]

  test('are counted in part while the size of one is not known', () => {
    const { layers } = taken(...two, ['Downloading', 'a', 5, 10])
    expect(layers.sum).toEqual({
      layers: 2,
      done: 0,
      current: 5,
      total: 10,
      fraction: 0.25,
      left: undefined,
    })
  })

  test('are counted in full once all sizes are known', () => {
    const { layers } = taken(...two, ['Downloading', 'a', 5, 10], ['Downloading', 'b', 25, 90])
    expect(layers.sum).toMatchObject({ current: 30, total: 100, fraction: 0.3, left: 70 })
  })

  test('that were there before are nothing to wait for', () => {
    const { layers } = taken(...two, ['Already exists', 'a'], ['Downloading', 'b', 25, 50])
    expect(layers.sum).toMatchObject({ layers: 2, fraction: 0.5, left: 25 })
    expect(taken(begin, ['Already exists', 'a']).layers.sum).toMatchObject({ done: 1, fraction: 0, left: 0 })
  })

  test('do not decrease when a layer starts again or a large one is added, but more is left', () => {
    const words: Word[] = [...two, ['Downloading', 'a', 80, 100], ['Downloading', 'b', 80, 100]]
    const { layers } = taken(...words)
    const before = layers.sum
    layers.take(event('Downloading', 'a', 10, 100))
    layers.take(event('Downloading', 'c', 1, 1_000_000))
    expect(layers.sum).toMatchObject({ current: before.current, fraction: before.fraction, done: 0 })
    expect(layers.sum.left).toBe(1_000_200 - 91)
  })

  test('are done as they are extracted; as they have come where no extraction is reported', () => {
    const docker = taken(...two, ['Download complete', 'a'], ['Pull complete', 'b'])
    expect(docker.layers.sum.done).toBe(1)
    const podman = taken(['Downloading', 'a', 1, 2], ['Downloading', 'b', 1, 2], ['Download complete', 'a'])
    expect(podman.layers.sum).toMatchObject({ done: 1, layers: 2, fraction: undefined, left: undefined })
  })

  test('are a thousand at most', () => {
    const { layers } = taken(...Array.from({ length: 1_500 }, (_, at): Word => ['Waiting', `${at}`]))
    expect(layers.sum.layers).toBe(1_000)
  })
})

describe('a pull that is retried', () => {
  const { layers } = taken(
    begin,
    ['Downloading', 'a', 80, 100],
    ['Download complete', 'b'],
    ['Pull complete', 'c'],
    ['Already exists', 'd'],
  )
  layers.restart()

  test('has nothing under way', () => {
    expect(layers.active).toEqual([])
    expect(layers.sum).toMatchObject({ done: 2, current: 80 })
  })

  test('counts as new what an earlier try has brought', () => {
    for (const id of 'abcd') layers.take(event('Already exists', id))
    expect(layers.sum.done).toBe(4)
    expect(layers.brought('')).toEqual({ layers: 4, fresh: 3, bytes: 100, exact: false })
  })
})

describe.each(engines)('%s', engine => {
  test.each(pulls)('%s: the sum goes ahead only, and not too far', pull => {
    const layers = new Layers()
    let before = layers.sum
    for (const { event } of recorded(engine, pull)) {
      layers.take(event)
      const { sum } = layers
      expect(sum.current).toBeGreaterThanOrEqual(before.current)
      expect(sum.total).toBeGreaterThanOrEqual(Math.max(before.total, sum.current))
      expect(sum.done).toBeGreaterThanOrEqual(before.done)
      expect(sum.done).toBeLessThanOrEqual(sum.layers)
      expect(sum.fraction ?? 0).toBeGreaterThanOrEqual(before.fraction ?? 0)
      expect(sum.fraction ?? 0).toBeLessThanOrEqual(1)
      before = sum
    }
    expect(layers.active).toEqual([])
    expect(before.done).toBe(before.layers)
  })
})

describe('what a pull has brought', () => {
  const end = (...pull: Parameters<typeof recorded>) => {
    const layers = new Layers()
    for (const { event } of recorded(...pull)) layers.take(event)
    return layers
  }
  const first = { layers: 6, fresh: 6, bytes: 6_213_047, exact: true }
  const someNew = { layers: 5, fresh: 2, bytes: 1_900_934, exact: true }
  const upToDate = { layers: 0, fresh: 0, bytes: 0, exact: true }

  test.each<[...Parameters<typeof recorded>, object]>([
    ['docker-20.10', 'first', first],
    ['docker-20.10', 'some-new', someNew],
    ['docker-20.10', 'up-to-date', upToDate],
    ['docker-28.5', 'first', first],
    ['docker-28.5', 'some-new', someNew],
    // It reports neither the sizes of small layers nor layers that are there.
    ['docker-28.5-containerd', 'first', { layers: 6, fresh: 6, bytes: 4_801_821, exact: false }],
    ['docker-28.5-containerd', 'some-new', { layers: 2, fresh: 2, bytes: 1_200_551, exact: false }],
  ])('%s, %s', (engine, pull, expected) => {
    expect(end(engine, pull).brought('sha256:0000')).toEqual(expected)
  })

  test('the configuration that Podman names by the id of the image is no layer', () => {
    const id = `fcfd94342c4e${'0'.repeat(52)}`
    expect(end('podman-4.3', 'first').brought(id)).toMatchObject({ layers: 6, fresh: 6 })
    expect(end('podman-4.3', 'up-to-date').brought(`sha256:${id}`)).toMatchObject({ layers: 6, fresh: 0 })
    expect(end('podman-4.3', 'first').brought('sha256:0000')).toMatchObject({ layers: 7 })
  })
})
