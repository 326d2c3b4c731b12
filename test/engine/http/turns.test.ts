import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from '../../../src/engine/http/turns.ts'
import { rejection } from '../../support/errors.ts'

test('as many as there are, and the others in line, in their order', async () => {
  const turns = new Turns(2)
  expect([turns.tryTake(), turns.tryTake(), turns.tryTake()]).toEqual([true, true, false])
  const begun: number[] = []
  const waiting = [1, 2].map(async which => {
    await turns.take(undefined)
    begun.push(which)
  })
  await setImmediate()
  expect(begun).toEqual([])
  turns.give()
  await setImmediate()
  expect(begun).toEqual([1])
  turns.give()
  await Promise.all(waiting)
  turns.give()
  expect([turns.tryTake(), turns.tryTake()]).toEqual([true, false])
})

test('an aborted call leaves the queue, and no listener', async () => {
  const turns = new Turns(1)
  turns.tryTake()
  const controller = new AbortController()
  const left = rejection(turns.take(controller.signal))
  const next = turns.take(undefined)
  controller.abort('enough')
  expect(await left).toBe('enough')
  turns.give()
  await next
  const taken = new AbortController()
  const waited = turns.take(taken.signal)
  turns.give()
  await waited
  expect([controller, taken].flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([])
})

test('a turn that is free, for a signal that is aborted already', async () => {
  const turns = new Turns(1)
  turns.tryTake()
  expect(await rejection(turns.take(AbortSignal.abort('enough')))).toBe('enough')
  turns.give()
  expect(turns.tryTake()).toBe(true)
})
