import { expect, test } from 'vitest'
import { Passing } from '../../src/engine/passing.ts'

test('those that are there are told, and not those that have gone', () => {
  const passing = new Passing<string>()
  for (const item of ['a', 'b', 'c']) passing.add(item)
  passing.delete('b')
  passing.delete('never there')
  expect([...passing]).toEqual(['a', 'c'])
})

test('all of them are told, though each goes as it is told', () => {
  const passing = new Passing<number>()
  for (const item of [1, 2, 3]) passing.add(item)
  const told: number[] = []
  for (const item of passing) {
    passing.delete(item)
    told.push(item)
  }
  expect(told).toEqual([1, 2, 3])
  expect([...passing]).toEqual([])
})
