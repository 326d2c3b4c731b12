import { expect, test } from 'vitest'
import { mapLimit } from '../../src/run/map-limit.ts'
import { rejection } from '../support/errors.ts'

/** Works that the test ends. */
function works() {
  const started: number[] = []
  const ends = new Map<number, PromiseWithResolvers<string>>()
  const work = (item: number) => {
    started.push(item)
    const end = Promise.withResolvers<string>()
    ends.set(item, end)
    return end.promise
  }
  return { started, work, end: (item: number) => ends.get(item) ?? Promise.withResolvers<string>() }
}

test('so many at a time, in order, and the next as soon as one ends', async () => {
  const { started, work, end } = works()
  const promises = mapLimit([1, 2, 3, 4], 2, work)
  expect(started).toEqual([1, 2])
  end(2).resolve('b')
  expect(await promises[1]).toBe('b')
  expect(started).toEqual([1, 2, 3])
  end(1).resolve('a')
  end(3).resolve('c')
  await Promise.all(promises.slice(0, 3))
  end(4).resolve('d')
  expect(await Promise.all(promises)).toEqual(['a', 'b', 'c', 'd'])
})

test('one that fails makes room as well', async () => {
  const { started, work, end } = works()
  const [first, second] = mapLimit([1, 2], 1, work)
  end(1).reject('no')
  expect(await rejection(Promise.resolve(first))).toBe('no')
  expect(started).toEqual([1, 2])
  end(2).resolve('b')
  expect(await second).toBe('b')
})
