import { expect, test } from 'vitest'
import { middleOf, paired, quantile, spread } from './statistics.ts'

test('a quantile is interpolated between two values', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
  expect(quantile([10, 20, 30], 0.25)).toBe(15)
  expect(quantile([7], 0.75)).toBe(7)
})

test('a spread has the median, the quartiles and the extremes', () => {
  expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, lower: 2, upper: 4, least: 1, most: 5 })
})

test('rounds are compared in pairs, and those without a partner with the median', () => {
  const ratio = (a: number, b: number) => a / b
  expect(paired([2, 40], [1, 10], ratio)).toEqual([2, 4])
  expect(paired([2, 4, 6], [2], ratio)).toEqual([1, 2, 3])
  expect(paired([6], [1, 2, 3], ratio)).toEqual([6, 3, 2])
})

test('more values narrow the interval of the median', () => {
  expect(middleOf([3, 1, 2])).toEqual([1, 3])
  expect(middleOf([1, 2, 3, 4, 5, 6, 7, 8])).toEqual([1, 8])
  expect(middleOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([2, 8])
  expect(middleOf(Array.from({ length: 25 }, (_, index) => index + 1))).toEqual([8, 18])
})
