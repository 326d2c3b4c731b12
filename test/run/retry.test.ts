import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EngineError } from '../../src/engine/error.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { EngineGrace, mayHaveArrived, within } from '../../src/run/retry.ts'
import { rejection } from '../support/errors.ts'

const lost = () => new EngineError('connection-lost', 'it broke off')
const status = (code: number) => () => new EngineError('status', `POST /x: ${code}`, { status: code })
const page = () => new EngineError('not-an-engine', 'an HTML page', { status: 502 })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** Fails so often, then succeeds; each attempt takes so many milliseconds. */
function failing(times: number, error: () => Error, milliseconds = 0) {
  const calls: number[] = []
  const work = async () => {
    calls.push(performance.now())
    if (milliseconds > 0) await new Promise(resolve => setTimeout(resolve, milliseconds))
    if (calls.length <= times) throw error()
    return 'done'
  }
  return { work, calls }
}

function patient(milliseconds?: number) {
  const events: RunEvent[] = []
  const grace = new EngineGrace(event => events.push(event), milliseconds)
  return { events, grace }
}

test.each([
  ['a lost connection', lost, '5 s'],
  ['a page of a proxy', page, '2 min'],
])('%s: the Engine is asked again until it answers, and that is one warning', async (_, error, limit) => {
  const { grace, events } = patient()
  const { work, calls } = failing(3, error)
  const asked = grace.untilAnswered(work)
  await vi.advanceTimersByTimeAsync(250 + 500 + 1_000)
  expect(await asked).toBe('done')
  expect(calls.length).toBe(4)
  expect(events).toEqual([{ type: 'warning', message: expect.stringContaining(`up to ${limit}`) }])
  expect(grace.absences).toHaveLength(1)
})

test('where no Engine has answered, connections that are closed are given up after 5 s', async () => {
  const { grace } = patient()
  const asked = rejection(grace.untilAnswered(failing(Number.POSITIVE_INFINITY, lost).work))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await asked).toMatchObject({ code: 'connection-lost' })
})

test('an Engine that stays away is given up, with its last error', async () => {
  const { grace } = patient(10_000)
  await grace.untilAnswered(async () => 'ok')
  const asked = rejection(grace.untilAnswered(failing(Number.POSITIVE_INFINITY, lost).work))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await asked).toMatchObject({ code: 'connection-lost' })
})

test('one that has never answered is not waited for: its address is likely wrong', async () => {
  const { grace, events } = patient()
  const { work, calls } = failing(1, () => new EngineError('no-socket', 'm'))
  expect(await rejection(grace.untilAnswered(work))).toMatchObject({ code: 'no-socket' })
  expect([calls.length, events]).toEqual([1, []])
})

test.each([
  ['a result', async () => 'ok'],
  ['a refusal', () => Promise.reject(status(404)())],
])('one that has answered, with %s, is', async (_, first) => {
  const { grace } = patient()
  await grace.untilAnswered<string>(first).catch(() => undefined)
  const asked = grace.untilAnswered(failing(1, () => new EngineError('no-socket', 'm')).work)
  await vi.advanceTimersByTimeAsync(250)
  expect(await asked).toBe('done')
})

test('an answer is an answer, whatever it says', async () => {
  const { grace } = patient()
  const { work, calls } = failing(1, status(500))
  expect(await rejection(grace.untilAnswered(work))).toMatchObject({ status: 500 })
  expect(calls.length).toBe(1)
})

test('a request that lasts for a while before it breaks off starts a new grace', async () => {
  const { grace } = patient(10_000)
  const { work, calls } = failing(5, lost, 8_000)
  const asked = grace.untilAnswered(work)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await asked).toBe('done')
  expect([calls.length, grace.absences.length]).toEqual([6, 5])
})

test('a signal ends it at once, with its reason', async () => {
  const { grace } = patient()
  const controller = new AbortController()
  const { signal } = controller
  const asked = rejection(grace.untilAnswered(failing(9, lost).work, { signal }))
  await vi.advanceTimersByTimeAsync(300)
  controller.abort('enough')
  expect(await asked).toBe('enough')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test.each([
  [lost(), true],
  [new EngineError('no-answer', 'm'), true],
  [page(), true],
  [status(504)(), false],
  [new EngineError('refused', 'm'), false],
  [status(500)(), false],
  [new Error('m'), false],
])('the Engine may have acted on a request that ended with %s: %s', (error, may) => {
  expect(mayHaveArrived(error)).toBe(may)
})

/** Never ends but by its signal. */
const hanging = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('within a limit: says how long it was', async () => {
  const limited = rejection(within(5_000, hanging))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await limited).toMatchObject({ message: 'no answer within 5 s' })
  expect(await within(5_000, async () => 'done')).toBe('done')
})

test('within a limit that is longer than a timer can be', async () => {
  let settled = false
  const limited = rejection(within(2 ** 31, hanging)).finally(() => {
    settled = true
  })
  await vi.advanceTimersByTimeAsync(2 ** 31 - 1)
  expect(settled).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await limited).toMatchObject({ message: expect.stringContaining('no answer within 24 days') })
})
