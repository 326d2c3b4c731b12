import { describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/cli/usage.ts'
import { parseEnvFile } from '../../../src/cli/values/envfile.ts'
import { random, tries } from '../../support/random.ts'
import { failure } from '../failure.ts'
import { world } from '../world.ts'

const ours = { HOME: '/root' }
const read = (file: string | Uint8Array) =>
  parseEnvFile('vars', '--env-file', world(ours, { '/work/dir/vars': file }))

describe("docker's kvfile", () => {
  test.each([
    ['nothing', '', []],
    ['a line', 'A=b', [['A', 'b']]],
    [
      'lines',
      'A=b\nC=d\n',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
    [
      'CRLF',
      'A=b\r\nC=d\r\n',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
    ['comments and blank lines', '# A=b\n\n   \n  # x\nC=d', [['C', 'd']]],
    ['a # in a value', 'A=b # c', [['A', 'b # c']]],
    [
      'verbatim values',
      'A="b c"\nB=\'x\'\nC=$HOME\\n ',
      [
        ['A', '"b c"'],
        ['B', "'x'"],
        ['C', '$HOME\\n '],
      ],
    ],
    ['space before a name', ' \t\u00a0\u0085A=b', [['A', 'b']]],
    ['an = in a value', 'A=b=c', [['A', 'b=c']]],
    ['an empty value', 'A=', [['A', '']]],
    ['a BOM', '\ufeffA=b', [['A', 'b']]],
    [
      'a BOM that is not first',
      'A=b\n\ufeffC=d',
      [
        ['A', 'b'],
        ['\ufeffC', 'd'],
      ],
    ],
    ['a bare name that we have', 'HOME', [['HOME', '/root']]],
    ['a bare name that we have not', 'NONE\nconstructor\nA=b', [['A', 'b']]],
    [
      'a repeated name',
      'A=b\nA=c',
      [
        ['A', 'b'],
        ['A', 'c'],
      ],
    ],
  ])('%s', (_, file, variables) => {
    expect(read(file)).toEqual(variables)
  })

  test('the longest line', () => {
    const value = 'x'.repeat(64 * 1024 - 3)
    expect(read(`A=${value}\nB=c`)).toEqual([
      ['A', value],
      ['B', 'c'],
    ])
  })
})

test.each([
  [
    'a name with a space',
    'A=b\nexport SECRET=hunter2',
    'line 2 of "vars" has a space in the name of the variable',
  ],
  ['a space after the name', 'SECRET =hunter2', 'line 1 of "vars" has a space in the name of the variable'],
  ['a line of words', 'SECRET hunter2', 'line 1 of "vars" has a space in the name of the variable'],
  ['no name', '\n\n=hunter2', 'line 3 of "vars" has no name before "="'],
  ['a NUL', 'A=hunter2\0', 'line 1 of "vars" has a NUL in it'],
  ['a long line', `A=b\nSECRET=hunter2${'x'.repeat(64 * 1024)}`, 'line 2 of "vars" is longer than 64 KiB'],
  ['no UTF-8', Uint8Array.from([0x41, 0x3d, 0xff]), 'line 1 of "vars" is not UTF-8'],
])('%s is refused by line, its text untold', (_, file, what) => {
  const error = failure(() => read(file))
  expect(error.message).toBe(`--env-file: ${what}`)
  expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
})

test('a file that can not be read', () => {
  const error = failure(() => parseEnvFile('gone', '--env-file', world()))
  expect(error.message).toBe('--env-file: can\'t read "gone": there is no such file')
  expect(error.cause).toBeInstanceOf(Error)
  expect(failure(() => parseEnvFile('', '--env-file', world())).message).toBe(
    '--env-file: the file has no name',
  )
})

test('random bytes are variables or a usage error', () => {
  const pick = random(7)
  const likely = [...new TextEncoder().encode('AB=# \t\r\n\n\0\ufeff\u00e9')]
  for (let i = 0; i < tries; i++) {
    const bytes = Uint8Array.from({ length: pick(40) }, () => likely[pick(likely.length + 4)] ?? pick(256))
    try {
      for (const [name, value] of read(bytes)) {
        expect(name).toMatch(/^[^\s=][^ \t=]*$|^\ufeff/)
        expect(value).not.toContain('\n')
      }
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
    }
  }
})
