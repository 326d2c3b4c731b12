import { expect, test } from 'vitest'
import { newId } from '../../src/run/id.ts'

const ids = Array.from({ length: 1_000 }, newId)

test('has the form of a random UUID', () => {
  const form = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
  expect(ids.filter(id => !form.test(id))).toEqual([])
})

test('is another each time', () => {
  expect(new Set(ids).size).toBe(ids.length)
})
