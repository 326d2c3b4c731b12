import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { RunEvent } from '../../../src/run/events.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { advanceTimers, launch, prints } from '../launch.ts'
import { outages } from '../making.ts'
import { skipPauses } from '../pauses.ts'

describe('the image is pruned between the look and the creation', () => {
  skipPauses()

  test('it is pulled once, and the creation tried once more', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      registry: ['bb:1'],
      program: prints('hi'),
    })
    engine.on('create', exchange => {
      engine.images.length = 0
      return exchange.proceed()
    })
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'ok', stdout: 'hi', registry: { contacted: true } })
    expect(engine.asked).toEqual([
      'image',
      'create',
      'image',
      'image',
      'pull',
      'image',
      'create',
      'attach',
      'wait',
      'start',
      'logs',
      'inspect',
      'remove',
    ])
  })

  test('a second time is the end', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], registry: ['bb:1'] })
    for (const _ of [1, 2]) {
      engine.on('create', exchange => {
        engine.images.length = 0
        return exchange.proceed()
      })
    }
    expect(await launch(engine)).toMatchObject({
      kind: 'create-failed',
      failure: { engineMessage: 'No such image: bb:1' },
    })
    expect(engine.asked).toEqual(['image', 'create', 'image', 'image', 'pull', 'image', 'create'])
  })

  test('the registry is down: that is the failure', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('create', exchange => {
      engine.images.length = 0
      return exchange.proceed()
    })
    outages(engine)
    expect(await launch(engine)).toMatchObject({ kind: 'registry-outage', registry: { contacted: true } })
  })

  test('it was stale: it is pulled, and is so no longer', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      registry: ['bb:1'],
      program: prints('hi'),
    })
    outages(engine)
    engine.on('create', exchange => {
      engine.images.length = 0
      return exchange.proceed()
    })
    const types: string[] = []
    const outcome = await launch(engine, { pull: 'refresh', onEvent: ({ type }) => types.push(type) })
    expect(outcome).toMatchObject({
      kind: 'ok',
      stdout: 'hi',
      stale: null,
      registry: { contacted: true, reason: 'missing' },
    })
    expect(types).toContain('stale')
    expect(engine.asked.filter(operation => operation === 'pull')).toHaveLength(4)
  })

  test('it was stale, and the registry is still down: that is the failure, and no copy ran', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    outages(engine, 6)
    engine.on('create', exchange => {
      engine.images.length = 0
      return exchange.proceed()
    })
    expect(await launch(engine, { pull: 'refresh' })).toMatchObject({
      kind: 'registry-outage',
      stale: null,
      container: null,
    })
  })

  test('under never nothing is pulled', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], registry: ['bb:1'] })
    engine.on('create', exchange => {
      engine.images.length = 0
      return exchange.proceed()
    })
    expect(await launch(engine, { pull: 'never' })).toMatchObject({
      kind: 'image-missing',
      registry: { contacted: false },
    })
    expect(engine.asked).toEqual(['image', 'create', 'image'])
  })

  test('an id is not pulled', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const image = engine.images[0]?.Id ?? ''
    engine.on('create', exchange => {
      engine.images.length = 0
      return exchange.proceed()
    })
    expect(await launch(engine, { image })).toMatchObject({ kind: 'create-failed' })
    expect(engine.asked).toEqual(['image', 'create'])
  })
})

test.each([
  'network nonet not found',
  'No such container: other',
  'get data: no such volume',
  'No such image: bb:1',
])('404 while the image is there pulls nothing, whatever the words: %s', async words => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], registry: ['bb:1'] })
  engine.on('create', exchange => exchange.answer(404, words))
  expect(await launch(engine)).toMatchObject({
    kind: 'create-failed',
    failure: { engineMessage: words },
    registry: { contacted: false },
  })
  expect(engine.asked).toEqual(['image', 'create', 'image'])
})

test.each([
  [400, 'Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'],
  [409, 'Conflict. The container name "/n" is already in use by container "fd60".'],
  [403, 'authorization denied by plugin'],
  [500, 'no space left on device'],
])('refused: %i %s', async (status, words) => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  engine.on('create', exchange => exchange.answer(status, words))
  const outcome = await launch(engine)
  expect(outcome).toMatchObject({ kind: 'create-failed', container: null, failure: { engineMessage: words } })
  expect(outcome.failure?.message).toBe(`the container could not be created: ${words}`)
  expect(engine.asked).toEqual(['image', 'create'])
})

test.each([
  [
    409,
    `Conflict. The container name "/nightly" is already in use by container "${'fd60'.repeat(16)}". You have to remove (or rename) that container to be able to reuse that name.`,
  ],
  [
    500,
    `container create: creating container storage: the container name "nightly" is already in use by ${'fd60'.repeat(16)}. You have to remove that container to be able to reuse that name: that name is already in use`,
  ],
])('a name that is taken: says by which container, and what to do (%i)', async (status, words) => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  engine.on('create', exchange => exchange.answer(status, words))
  expect(await launch(engine, { name: 'nightly' })).toMatchObject({
    kind: 'create-failed',
    failure: {
      hint: 'The container fd60fd60fd60 has that name. Choose another one with the option name, or remove it once it is of no use: `docker rm nightly`.',
    },
  })
})

test('the Engine’s warnings are passed on', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  const events: RunEvent[] = []
  const message = 'Your kernel does not support swap limit capabilities'
  engine.on('create', exchange => exchange.answer(201, { Id: 'gone', Warnings: [message] }))
  const outcome = await launch(engine, { onEvent: event => events.push(event) })
  expect(outcome.warnings).toContain(message)
  expect(events).toContainEqual({ type: 'warning', message })
})

// Concurrent: a creation whose answer is lost is looked for during two seconds.
describe('the answer is lost', () => {
  test.concurrent('after the container was made: it is found by its label, and runs', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('create', exchange => {
      exchange.drop()
      return exchange.proceed()
    })
    const outcome = await launch(engine, { labels: { 'dev.holdfast.run': 'mine' } })
    expect(outcome).toMatchObject({ kind: 'ok', warnings: [expect.stringContaining('does not answer')] })
    expect(new Set(engine.asked.slice(0, 3))).toEqual(new Set(['image', 'create', 'list']))
    expect(engine.asked.filter(operation => operation === 'create')).toHaveLength(1)
    expect(engine.containers).toEqual([])
  })

  test.concurrent('others’ containers are left alone', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await launch(engine, { remove: 'never' })
    engine.on('create', exchange => exchange.drop())
    expect(await launch(engine)).toMatchObject({ kind: 'ok' })
    expect(engine.containers).toHaveLength(1)
  })

  test.concurrent('and it is asked for even if it has been stopped or never ran', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('create', exchange => exchange.drop())
    await launch(engine)
    expect((await engine.seen('list')).query.get('all')).toBe('true')
  })

  test.concurrent('before the container was made: it is made then, once', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('hi') })
    engine.on('create', exchange => exchange.drop())
    expect(await launch(engine)).toMatchObject({ kind: 'ok', stdout: 'hi' })
    expect(engine.asked.filter(operation => operation === 'create')).toHaveLength(2)
    expect(engine.containers).toEqual([])
  })

  test.concurrent('and the first creation succeeds after the second: one runs, none is left', async () => {
    let runs = 0
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => runs++ })
    let late: Exchange | undefined
    engine.on('create', exchange => {
      late = exchange
      exchange.drop()
    })
    engine.on('start', async exchange => {
      await late?.proceed()
      await exchange.proceed()
    })
    expect(await launch(engine)).toMatchObject({ kind: 'ok' })
    expect([runs, engine.containers]).toEqual([1, []])
  })

  test.concurrent.each([502, 503, 504])(
    'by a proxy that answers %i: the container is found',
    async status => {
      await using engine = await FakeEngine.start({ images: ['bb:1'] })
      engine.on('create', async exchange => {
        const { response } = exchange
        exchange.answer = () => undefined
        await exchange.proceed()
        response.writeHead(status).end('upstream trouble')
      })
      expect(await launch(engine)).toMatchObject({ kind: 'ok' })
      expect(engine.asked.filter(operation => operation === 'create')).toHaveLength(1)
      expect(engine.containers).toEqual([])
    },
  )

  test('and the Engine does not come back: says what to look for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('create', () => engine.down())
    const outcome = launch(engine)
    await advanceTimers(outcome)
    expect(await outcome).toMatchObject({ kind: 'engine-unreachable' })
    const label = expect.stringMatching(/label dev\.holdfast\.run=[0-9a-f-]{36}$/)
    expect((await outcome).warnings).toEqual([expect.stringContaining('does not answer'), label])
  })
})
