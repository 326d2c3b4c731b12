import { describe, expect, test } from 'vitest'
import { ageText, durationText } from '../../src/run/duration.ts'

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000]

describe('a limit', () => {
  test.each([
    [0, '0 ms'],
    [1, '1 ms'],
    [999, '999 ms'],
    [second, '1 s'],
    [1_500, '1.5 s'],
    [90 * second, '90 s'],
    [2 * minute - 1, '119.999 s'],
    [2 * minute, '2 min'],
    [125_500, '2 min 5.5 s'],
    [130_100, '2 min 10.1 s'],
    [30 * minute, '30 min'],
    [hour, '1 h'],
    [hour + 1, '1 h 0.001 s'],
    [2 * hour + 30 * minute, '2 h 30 min'],
    [hour + minute + second, '1 h 1 min 1 s'],
    [day, '24 h'],
    [7 * day, '7 days'],
    [2 * day + 3 * hour + 30 * second, '2 days 3 h 30 s'],
  ])('%i ms: %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})

describe('an age', () => {
  test.each([
    [0, '0 s'],
    [1_999, '1 s'],
    [2 * minute - 1, '119 s'],
    [2 * minute, '2 min'],
    [2 * hour - 1, '119 min'],
    [2 * hour, '2 h'],
    [2 * day - 1, '47 h'],
    [2 * day, '2 days'],
    [9.9 * day, '9 days'],
    [400 * day, '400 days'],
  ])('%d ms: %s', (ms, text) => {
    expect(ageText(ms)).toBe(text)
  })
})
