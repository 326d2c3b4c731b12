import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exchangesOf } from '../../src/replay/match.ts'
import { Order } from '../../src/replay/order.ts'
import type { RecordedEvent } from '../../src/replay/recording.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const request = (conn: number) => ({ conn, at: 0, request: 'GET /x', headers: {} })
const answer = (conn: number) => ({ conn, at: 0, answer: 200, reason: 'OK', headers: {} })
const sent = (conn: number): RecordedEvent => ({ conn, at: 0, sent: { text: 'x' } })
const closed = (conn: number, by: 'engine' | 'client'): RecordedEvent => ({ conn, at: 0, closed: by })

/** The places that have been reached so far, in their order, of those that are waited for. */
function follow(events: RecordedEvent[], places: number[]) {
  const order = new Order(exchangesOf(events))
  const reached: number[] = []
  for (const place of places) void order.reached(place).then(() => reached.push(place))
  const now = async () => {
    await vi.advanceTimersByTimeAsync(0)
    return reached
  }
  return { order, now }
}

test('nothing is reached before the requests that were made before it', async () => {
  const { order, now } = follow([request(1), request(2), answer(1), answer(2)], [2])
  expect(await now()).toEqual([])
  order.done(0)
  expect(await now()).toEqual([])
  order.done(1)
  expect(await now()).toEqual([2])
})

test('nor before what the Engine said before it on another connection', async () => {
  const { order, now } = follow([request(1), request(2), answer(1), answer(2)], [2, 3])
  order.done(0, 1)
  expect(await now()).toEqual([2])
  order.done(2)
  expect(await now()).toEqual([2, 3])
})

test('what came after does not matter', async () => {
  const { order, now } = follow([request(1), answer(1), request(2), answer(2)], [1])
  order.done(0)
  expect(await now()).toEqual([1])
  order.end()
})

describe('patience', () => {
  test('ends after two seconds, and with a request its answer is given up', async () => {
    const { order, now } = follow([request(1), answer(1), request(2), answer(2)], [3])
    order.done(2)
    await vi.advanceTimersByTimeAsync(1_999)
    expect(await now()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await now()).toEqual([3])
  })

  test('begins anew with all that happens', async () => {
    const { order, now } = follow([request(1), request(2), request(3), answer(3)], [3])
    await vi.advanceTimersByTimeAsync(1_500)
    order.done(2)
    await vi.advanceTimersByTimeAsync(1_500)
    order.done(1)
    await vi.advanceTimersByTimeAsync(1_500)
    expect(await now()).toEqual([])
    await vi.advanceTimersByTimeAsync(500)
    expect(await now()).toEqual([3])
  })

  test('is spent on each request that does not come', async () => {
    const { order, now } = follow([request(1), request(2), request(3), answer(3)], [3])
    order.done(2)
    await vi.advanceTimersByTimeAsync(3_999)
    expect(await now()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await now()).toEqual([3])
  })

  test('has no end for what the Engine does itself', async () => {
    const { order, now } = follow([request(1), answer(1), request(2), answer(2)], [3])
    order.done(0, 2)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(await now()).toEqual([])
    order.done(1)
    expect(await now()).toEqual([3])
  })

  test('ends for what a client was to send, alone', async () => {
    const { order, now } = follow([request(1), answer(1), sent(1), answer(1), request(2), answer(2)], [3, 5])
    order.done(0, 1, 4)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await now()).toEqual([3])
    order.done(3)
    expect(await now()).toEqual([3, 5])
  })
})

test('a request that comes after it was given up is answered at once', async () => {
  const { order, now } = follow([request(1), answer(1), request(2), answer(2)], [3])
  order.done(2)
  await vi.advanceTimersByTimeAsync(2_000)
  order.done(0)
  const late: number[] = []
  void order.reached(1).then(() => late.push(1))
  expect(await now()).toEqual([3])
  expect(late).toEqual([1])
})

test('what a client does with a connection that was closed, and its own closing, are not waited for', async () => {
  const events = [
    request(1),
    answer(1),
    closed(1, 'engine'),
    sent(1),
    request(2),
    closed(2, 'client'),
    request(3),
    answer(3),
  ]
  const { order, now } = follow(events, [7])
  order.done(0, 1, 2, 4, 6)
  expect(await now()).toEqual([7])
})

test('what belongs to no request has no place', async () => {
  const { order, now } = follow([answer(9), sent(9), request(1), answer(1)], [3])
  order.done(2)
  expect(await now()).toEqual([3])
})

test('the end lets everything go, and what comes later', async () => {
  const { order, now } = follow([request(1), answer(1), request(2), answer(2)], [1, 3])
  order.end()
  expect(await now()).toEqual([1, 3])
  await order.reached(3)
})

test('a hundred thousand events take their time, and no more', async () => {
  const events = Array.from({ length: 50_000 }, (_, n) => [request(n), answer(n)]).flat()
  const order = new Order(exchangesOf(events))
  const started = performance.now()
  for (let place = 0; place < events.length; place += 2) {
    order.done(place)
    await order.reached(place + 1)
    order.done(place + 1)
  }
  expect(performance.now() - started).toBeLessThan(2_000)
})
