import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Timer } from '../../src/run/timer.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test.each([1, 1_000, 2 ** 31 - 1, 2 ** 31, 2 ** 33])('ends after %i ms, once', milliseconds => {
  const act = vi.fn()
  const timer = new Timer(milliseconds, act)
  vi.advanceTimersByTime(milliseconds - 1)
  expect(timer.left).toBe(1)
  expect(act).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(act).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test('may never end', () => {
  const act = vi.fn()
  const timer = new Timer(Number.POSITIVE_INFINITY, act)
  vi.advanceTimersByTime(2 ** 33)
  expect(act).not.toHaveBeenCalled()
  timer.stop()
  expect(vi.getTimerCount()).toBe(0)
})

test('starts again from the moment at which it is refreshed', () => {
  const act = vi.fn()
  const timer = new Timer(1_000, act)
  vi.advanceTimersByTime(700)
  timer.refresh()
  vi.advanceTimersByTime(999)
  expect(act).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(act).toHaveBeenCalledOnce()
})
