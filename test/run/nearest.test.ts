import { expect, test } from 'vitest'
import { nearest } from '../../src/run/nearest.ts'

const names = ['env', 'env-file', 'memory', 'network', 'volume', 'rm']

test.each([
  ['memroy', 'memory'],
  ['volumes', 'volume'],
  ['envfile', 'env-file'],
  ['evn', 'env'],
  ['r', 'rm'],
  ['bogus', undefined],
  ['', undefined],
  ['m'.repeat(1_000_000), undefined],
])('%.10s', (typed, name) => {
  expect(nearest(typed, names)).toBe(name)
})
