import { expect, test } from 'vitest'
import { parseDuration } from '../../../src/cli/values/duration.ts'
import { failure } from '../failure.ts'

test.each([
  ['300ms', 300],
  ['1s', 1000],
  ['1.1s', 1100],
  ['.5s', 500],
  ['1.s', 1000],
  ['90s', 90_000],
  ['2h45m', 9_900_000],
  ['1.5h', 5_400_000],
  ['1h30m0.5s', 5_400_500],
  ['1500us', 2],
  ['1500\u00b5s', 2],
  ['1500\u03bcs', 2],
  ['1ns', 1],
  ['1m1m', 120_000],
  ['7d', 604_800_000],
  ['1.5d', 129_600_000],
  ['1d12h', 129_600_000],
  ['2562047h', 2_562_047 * 3_600_000],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text, '--timeout')).toBe(milliseconds)
})

test.each([
  ['', 'is not a duration'],
  ['s', 'is not a duration'],
  ['.s', 'is not a duration'],
  ['-1s', 'is not a duration'],
  ['d', 'is not a duration'],
  ['1w', 'is not a duration'],
  ['1h 2m', 'is not a duration'],
  ['1h2', 'is not a duration'],
  ['30', 'has no unit'],
  ['1.5', 'has no unit'],
  ['0', 'has no unit'],
  ['0s', 'is no time at all'],
  ['0.1ns', 'is no time at all'],
  ['2562048h', 'is too long'],
  ['106752d', 'is too long'],
  [`${'9'.repeat(100)}h`, 'is too long'],
])('%j %s', (text, what) => {
  const { message } = failure(() => parseDuration(text, '--timeout'))
  expect(message.startsWith('--timeout: "')).toBe(true)
  expect(message.endsWith(what)).toBe(true)
})

test('a number without a unit is told which to add', () => {
  expect(failure(() => parseDuration('30', '--timeout')).hint).toBe(
    'Add one: "30s" is seconds; or ms, m, h, d.',
  )
})
