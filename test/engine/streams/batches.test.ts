import { expect, test } from 'vitest'
import { flatten } from '../../../src/engine/streams/batches.ts'
import { collect, rejection } from '../../support/errors.ts'

interface Source {
  batches: AsyncGenerator<readonly number[], void, undefined>
  /** What was asked of it. */
  asked: number
  left: boolean
}

function source(...batches: Array<readonly number[] | Error>): Source {
  const state = { asked: 0, left: false }
  async function* generate(): AsyncGenerator<readonly number[], void, undefined> {
    try {
      for (const batch of batches) {
        state.asked++
        if (batch instanceof Error) throw batch
        yield batch
      }
    } finally {
      state.left = true
    }
  }
  return Object.assign(state, { batches: generate() })
}

const flat = ({ batches }: Source) => flatten(batches)

test('gives the items of batches in order, empty ones or not', async () => {
  const items = flat(source([1, 2], [], [3], []))
  expect(await collect(items)).toEqual({ items: [1, 2, 3], error: undefined })
  expect(await items.next()).toEqual({ done: true, value: undefined })
})

test('asks for a batch only when the last one is used up', async () => {
  const from = source([1, 2], [3])
  const items = flat(from)
  for (const expected of [1, 1, 2]) {
    await items.next()
    expect(from.asked).toBe(expected)
  }
})

test('concurrent calls of next() get the items in order', async () => {
  const items = flat(source([1, 2], [3], [], [4, 5]))
  const results = await Promise.all(Array.from({ length: 7 }, () => items.next()))
  expect(results.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, undefined, undefined])
})

test('an error comes after what came before it, and ends it', async () => {
  const { items, error } = await collect(flat(source([1], new Error('broke'))))
  expect(items).toEqual([1])
  expect(error).toMatchObject({ message: 'broke' })
})

test('leaving early drops the rest of the batch, and leaves the batches', async () => {
  const from = source([1, 2, 3], [4])
  const items = flat(from)
  for await (const _ of items) break
  expect(from).toMatchObject({ asked: 1, left: true })
  expect(await items.next()).toEqual({ done: true, value: undefined })
})

test('throw() ends the batches with that error', async () => {
  const from = source([1, 2])
  const items = flat(from)
  await items.next()
  expect(await rejection(items.throw(new Error('enough')))).toMatchObject({ message: 'enough' })
  expect(from.left).toBe(true)
})

test('a return() during a next() ends it', async () => {
  const items = flat(source([1, 2, 3], [4]))
  const [pending] = [items.next(), await items.return()]
  await pending
  expect(await items.next()).toEqual({ done: true, value: undefined })
})
