import { expect, test } from 'vitest'
import { parseMemory } from '../../../src/cli/values/memory.ts'
import { failure } from '../failure.ts'

test.each([
  ['0', 0],
  ['1', 1],
  ['42b', 42],
  ['42B', 42],
  ['1k', 1024],
  ['1kb', 1024],
  ['1KiB', 1024],
  ['512m', 512 * 1024 ** 2],
  ['512 MB', 512 * 1024 ** 2],
  ['1.5g', 1.5 * 1024 ** 3],
  ['.5g', 0.5 * 1024 ** 3],
  ['2.G', 2 * 1024 ** 3],
  ['1t', 1024 ** 4],
  ['1PiB', 1024 ** 5],
  ['0.3k', 307],
])('%s is %d bytes', (text, bytes) => {
  expect(parseMemory(text, '-m')).toBe(bytes)
})

test.each(['', 'x', '-1', '1x', '1ki', '1ib', '1e3', '1.2.3g', '1  g', ' 1g', '1g ', '.', 'g', '0x10'])(
  '%j is not an amount',
  text => {
    const error = failure(() => parseMemory(text, '--memory'))
    expect(error.message).toBe(`--memory: ${JSON.stringify(text)} is not an amount of memory`)
    expect(error.hint).toContain('512m')
  },
)

test('what a number can not hold is too much', () => {
  expect(parseMemory('7p', '-m')).toBe(7 * 1024 ** 5)
  expect(failure(() => parseMemory('8p', '-m')).message).toBe('-m: "8p" is too much')
  expect(failure(() => parseMemory('9'.repeat(400), '-m')).message).toContain('is too much')
})
