import { expect, test } from 'vitest'
import { parseSize } from '../../../src/cli/values/size.ts'
import { refusal } from '../failure.ts'

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
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', 'x', '-1', '1x', '1ki', '1ib', '1e3', '1.2.3g', '1  g', ' 1g', '1g ', '.', 'g', '0x10'])(
  '%j is not an amount',
  text => {
    const error = refusal(() => parseSize(text))
    expect(error.message).toBe('must be a number with a unit, such as 512m or 1.5g')
    expect(error.hint).toContain('powers of 1024')
  },
)

test('what a number can not hold is too much', () => {
  expect(parseSize('7p')).toBe(7 * 1024 ** 5)
  expect(refusal(() => parseSize('8p')).message).toBe('must be less than 8192t')
  expect(refusal(() => parseSize('9'.repeat(400))).message).toContain('must be less')
})
