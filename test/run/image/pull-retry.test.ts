import { afterEach, expect, test, vi } from 'vitest'
import { pauseBefore, tries } from '../../../src/run/image/pull-retry.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test.each([
  [2, 500, 1_000],
  [3, 1_000, 2_000],
])('the pause before try %i is %i to %i ms, at random each time', (attempt, least, most) => {
  const random = vi.spyOn(Math, 'random')
  expect(random.mockReturnValue(0) && pauseBefore(attempt)).toBe(least)
  expect(random.mockReturnValue(1 - 2 ** -53) && pauseBefore(attempt)).toBe(most)
  const middle = random.mockReturnValue(0.12345) && pauseBefore(attempt)
  expect(Number.isInteger(middle)).toBe(true)
  expect(middle).toBeGreaterThan(least)
  expect(middle).toBeLessThan(most)
})

test('there are three tries', () => {
  expect(tries).toBe(3)
})
