import { expect, test } from 'vitest'
import { EngineError } from '../../src/engine/error.ts'
import { untilReached } from '../../src/run/retry.ts'
import { rejection } from '../support/errors.ts'

const away = () => new EngineError('refused', 'nobody answers')

/** Fails so often, then succeeds. */
function failing(times: number, error: () => Error) {
  let calls = 0
  const work = async () => {
    calls++
    if (calls <= times) throw error()
    return 'done'
  }
  return { work, calls: () => calls }
}

test('an Engine that is away is asked until it answers', async () => {
  const { work, calls } = failing(2, away)
  expect(await untilReached(work, { grace: 60_000 })).toBe('done')
  expect(calls()).toBe(3)
})

test('one that stays away is given up, with its last error', async () => {
  const { work } = failing(Number.POSITIVE_INFINITY, away)
  expect(await rejection(untilReached(work, { grace: 300 }))).toMatchObject({ code: 'refused' })
})

test('an answer is an answer, whatever it says', async () => {
  const { work, calls } = failing(1, () => new EngineError('status', 'no', { status: 500 }))
  expect(await rejection(untilReached(work, { grace: 60_000 }))).toMatchObject({ status: 500 })
  expect(calls()).toBe(1)
})

test('a signal ends it', async () => {
  const controller = new AbortController()
  const { work } = failing(Number.POSITIVE_INFINITY, () => {
    controller.abort()
    return away()
  })
  const error = await rejection(untilReached(work, { grace: 60_000, signal: controller.signal }))
  expect(error).toMatchObject({ name: 'AbortError' })
})
