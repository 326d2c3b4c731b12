import { getEventListeners } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { lifetime } from '../../src/run/lifetime.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('ends with the caller’s signal, as cancelled, and keeps the reason', () => {
  const caller = new AbortController()
  using life = lifetime(caller.signal, undefined)
  expect(life.signal.aborted).toBe(false)
  caller.abort('enough')
  expect(life.signal.reason).toMatchObject({ kind: 'cancelled', cause: 'enough' })
})

test('is over from the start when the caller’s signal is', () => {
  using life = lifetime(AbortSignal.abort('enough'), undefined)
  expect(life.signal.reason).toMatchObject({ kind: 'cancelled', cause: 'enough' })
})

test('ends with the time limit, to the millisecond', () => {
  vi.useFakeTimers()
  using life = lifetime(undefined, 5_000)
  vi.advanceTimersByTime(4_999)
  expect(life.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(life.signal.reason).toMatchObject({
    kind: 'timeout',
    message: 'the run took longer than 5 s',
    limit: 'timeout',
  })
})

test.each([
  [250, '250 ms'],
  [90_000, '90 s'],
  [1_500, '1.5 s'],
  [7_200_000, '2 h'],
  [5_430_000, '1 h 30 min 30 s'],
])('says how long %i ms is: %s', (timeout, words) => {
  vi.useFakeTimers()
  using life = lifetime(undefined, timeout)
  vi.advanceTimersByTime(timeout)
  expect(life.signal.reason.message).toBe(`the run took longer than ${words}`)
})

test('a limit longer than a timer can be', () => {
  vi.useFakeTimers()
  using life = lifetime(undefined, 2 ** 32)
  vi.advanceTimersByTime(2 ** 32 - 1)
  expect(life.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(life.signal.reason).toMatchObject({ kind: 'timeout' })
})

test('the first end counts', () => {
  vi.useFakeTimers()
  const caller = new AbortController()
  using life = lifetime(caller.signal, 10)
  vi.advanceTimersByTime(10)
  caller.abort()
  expect(life.signal.reason).toMatchObject({ kind: 'timeout' })
})

test('leaves no timer and no listener behind', () => {
  vi.useFakeTimers()
  const caller = new AbortController()
  {
    using _ = lifetime(caller.signal, 10)
    expect([vi.getTimerCount(), getEventListeners(caller.signal, 'abort').length]).toEqual([1, 1])
  }
  expect([vi.getTimerCount(), getEventListeners(caller.signal, 'abort').length]).toEqual([0, 0])
})

test('what is overdue ends five seconds after the run, with its reason', () => {
  vi.useFakeTimers()
  const caller = new AbortController()
  using life = lifetime(caller.signal, undefined)
  caller.abort('enough')
  vi.advanceTimersByTime(4_999)
  expect(life.overdue.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(life.overdue.reason).toBe(life.signal.reason)
})

test('nothing is left of one that was ended', () => {
  vi.useFakeTimers()
  const caller = new AbortController()
  {
    using life = lifetime(caller.signal, 10_000)
    caller.abort('enough')
    expect(life.signal.aborted).toBe(true)
  }
  expect(vi.getTimerCount()).toBe(0)
})
