import { describe, expect, test } from 'vitest'
import { draw } from '../../../../src/cli/terminal/progress/bars.ts'
import { ascii } from '../../../../src/cli/terminal/progress/fit.ts'
import { PullView } from '../../../../src/cli/terminal/progress/pull-view.ts'
import { event } from './streams.ts'

type Word = [at: number, ...Parameters<typeof event>]

const image = 'registry.example.com/team/app:1.4'

function view(words: readonly Word[], name = image): PullView {
  const pull = new PullView(name, `pulling ${name} (asked to; credentials: anonymous)`, 0)
  for (const [at, ...word] of words) pull.take(event(...word), at)
  return pull
}

function picture(pulls: PullView | PullView[], columns: number, rows = 24, now = 10_000): string[] {
  return draw([pulls].flat(), { columns, rows, glyphs: ascii, now }).map(({ text }) => text)
}

function kindOf(line: string): string {
  if (line.startsWith('pulling ')) return 'head'
  if (line.startsWith(image)) return 'one'
  return line.includes(' more ') ? 'more' : line.includes(' layers done ') ? 'total' : 'layer'
}

const busy: Word[] = [
  [0, 'Pulling from team/app', '1.4'],
  ...['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc', 'dddddddddddd'].map(
    (id): Word => [0, 'Pulling fs layer', id],
  ),
  [0, 'Already exists', 'dddddddddddd'],
  [0, 'Downloading', 'aaaaaaaaaaaa', 1, 20_000_000],
  [0, 'Downloading', 'bbbbbbbbbbbb', 1, 10_000_000],
  [0, 'Downloading', 'cccccccccccc', 1, 10_000_000],
  [9_000, 'Downloading', 'aaaaaaaaaaaa', 10_000_000, 20_000_000],
  [9_500, 'Download complete', 'bbbbbbbbbbbb'],
  [9_500, 'Extracting', 'bbbbbbbbbbbb', 2_500_000, 10_000_000],
  [10_000, 'Retrying in 5 seconds', 'cccccccccccc'],
]

describe('a pull in', () => {
  test.each<[number, string[]]>([
    [
      100,
      [
        'pulling registry.example.com/team/app:1.4 (asked to; credentials: anonymous)',
        '  aaaaaaaaaaaa downloading ###############--------------- 10.0 MB of 20.0 MB',
        '  bbbbbbbbbbbb extracting  #######-----------------------  2.5 MB of 10.0 MB',
        '  cccccccccccc retrying in 5 seconds',
        '  1 of 4 layers done ###############--------------- 20.0 MB of 40.0 MB, 2.0 MB/s, 10 s left',
      ],
    ],
    [
      60,
      [
        'pulling registry.example.com/team/app:1.4',
        '  aaaaaaaaaaaa downloading ######------- 10.0 MB of 20.0 MB',
        '  bbbbbbbbbbbb extracting  ###----------  2.5 MB of 10.0 MB',
        '  cccccccccccc retrying in 5 seconds',
        '  1 of 4 layers done #######-------  50% 2.0 MB/s 10 s left',
      ],
    ],
    [
      40,
      [
        'pulling registry....le.com/team/app:1.4',
        '  aaaaaaaa downloading #####------  50%',
        '  bbbbbbbb extracting  ##---------  25%',
        '  cccccccccccc retrying in 5 seconds',
        '  1/4 ####-----  50% 2.0 MB/s 10 s left',
      ],
    ],
    [
      20,
      [
        'pulling re...pp:1.4',
        '  aaaaaaaa  50%',
        '  bbbbbbbb  25%',
        '  cccccccc retrying',
        '  1/4  50% 2.0 MB/s',
      ],
    ],
    [19, ['pulling 1/4']],
    [10, ['pullin...']],
    [4, ['...']],
    [1, []],
  ])('%d columns', (columns, lines) => {
    expect(picture(view(busy), columns)).toEqual(lines)
  })

  test.each<[number, string[]]>([
    [7, ['head', 'layer', 'layer', 'layer', 'total']],
    [6, ['head', 'layer', 'more', 'total']],
    [5, ['head', 'more', 'total']],
    [4, ['head', 'total']],
    [3, ['one']],
    [2, []],
    [1, []],
  ])('%d rows', (rows, kinds) => {
    expect(picture(view(busy), 80, rows).map(kindOf)).toEqual(kinds)
  })

  test('6 rows: says how many layers are not shown', () => {
    expect(picture(view(busy), 80, 6)[2]).toBe('  ... and 2 more layers')
    expect(picture(view(busy), 80, 5)[1]).toBe('  ... and 3 more layers')
  })
})

describe('the total', () => {
  const totalOf = (words: readonly Word[], now = 10_000) => picture(view(words), 100, 24, now).at(-1)
  const bar = /[#-]{8,}/

  test.each<[string, Word[], string]>([
    ['of which nothing is known', [], '  asking the registry, 10 s'],
    [
      'no time left as long as a size is not known',
      [...busy.slice(0, -3), [0, 'Waiting', 'eeeeeeeeeeee']],
      '  1 of 5 layers done BAR 10.0 MB of over 40.0 MB, 1.0 MB/s',
    ],
    [
      'no rate and no time left while nothing comes',
      [...busy, [10_000, 'Retrying in 5 seconds', 'aaaaaaaaaaaa']],
      '  1 of 4 layers done BAR 20.0 MB of 40.0 MB',
    ],
    [
      'no time left where it would be days',
      [
        [0, 'Pulling from x', '1'],
        [0, 'Downloading', 'a', 1, 9e12],
        [6_000, 'Downloading', 'a', 1_001, 9e12],
      ],
      '  0 of 1 layer done BAR 1.0 kB of 9.0 TB, 100 B/s',
    ],
    [
      'once nothing is to be fetched',
      [
        [0, 'Pulling from x', '1'],
        [0, 'Already exists', 'a'],
        [0, 'Download complete', 'b'],
      ],
      '  1 of 2 layers done, all downloaded',
    ],
    [
      'once all is done',
      [
        [0, 'Pulling from x', '1'],
        [0, 'Already exists', 'a'],
        [0, 'Pull complete', 'b'],
      ],
      '  2 of 2 layers done',
    ],
    [
      'of Podman, which does not say how many layers there will be',
      [
        [0, 'Download complete', 'a'],
        [0, 'Downloading', 'b', 2_000_000, 3_000_000],
      ],
      '  1 layer done, 2.0 MB, 0 B/s',
    ],
  ])('%s', (_, words, expected) => {
    expect(totalOf(words)?.replace(bar, 'BAR')).toBe(expected)
  })

  test('while a pull waits to go out again, and when it has', () => {
    const pull = view(busy)
    pull.restart(2, 1_400, 10_000)
    expect(picture(pull, 80)).toEqual([
      'pulling registry.example.com/team/app:1.4 (asked to; credentials: anonymous)',
      '  again in 2 s (attempt 2 of 3)',
    ])
    expect(picture(pull, 30)).toEqual(['pulling regist...team/app:1.4', '  again in 2 s'])
    expect(picture(pull, 80, 24, 13_000).at(-1)).toBe('  asking the registry, 2 s')
    pull.take(event('Downloading', 'aaaaaaaaaaaa', 1, 20_000_000), 13_000)
    expect(picture(pull, 80, 24, 13_000).at(-1)).toContain('1 of 4 layers done')
  })
})

test('an extraction of which only the seconds are reported', () => {
  const pull = view([
    [0, 'Pulling from x', '1'],
    [0, 'Extracting', 'aaaaaaaaaaaa', 4],
    [0, 'Downloading', 'bbbbbbbbbbbb', 5_000],
  ])
  expect(picture(pull, 80).slice(1, 3)).toEqual([
    '  aaaaaaaaaaaa extracting  4 s',
    '  bbbbbbbbbbbb downloading 5.0 kB',
  ])
})

describe('several pulls', () => {
  const three = ['a/one:1', 'b/two:2', 'c/three:3'].map(name => view(busy, name))

  test('have a head and a total each, and share the rest', () => {
    const lines = picture(three, 80, 12)
    expect(lines).toHaveLength(10)
    expect(lines.filter(line => line.startsWith('pulling '))).toHaveLength(3)
    expect(lines.filter(line => line.includes('4 layers done'))).toHaveLength(3)
    expect(lines.filter(line => line.includes('more layers'))).toHaveLength(3)
  })

  test('have a line each where there is no room for two', () => {
    expect(picture(three, 80, 7)).toEqual([
      'a/one:1 1/4  50% 2.0 MB/s',
      'b/two:2 1/4  50% 2.0 MB/s',
      'c/three:3 1/4  50% 2.0 MB/s',
    ])
    expect(picture(three, 22, 7)[2]).toBe('c/three:3')
  })

  test('are counted where there is not even that', () => {
    expect(picture(three, 80, 4)).toEqual(['a/one:1 1/4  50% 2.0 MB/s', '  ... and 2 more images'])
    expect(picture(three, 80, 3)).toEqual(['pulling 3 images'])
    expect(picture(three, 19)).toEqual(['pulling 3 images'])
    expect(picture(three, 15)).toEqual(['pulling 3'])
  })
})

test('what may be wider than a column, or is meant for the terminal, is not drawn', () => {
  const pull = view([[0, 'Downloading', '\x1b[2J漢字', 1, 2]], 'reg.test/\x07漢字')
  for (const line of picture(pull, 80)) expect(line).toMatch(/^[ -~]*$/)
})
