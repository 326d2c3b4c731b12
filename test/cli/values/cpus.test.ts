import { expect, test } from 'vitest'
import { parseCpus } from '../../../src/cli/values/cpus.ts'
import { failure } from '../failure.ts'

test.each([
  ['1', 1],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['2.', 2],
  ['0.000000001', 1e-9],
  ['0.1000000000000', 0.1],
  ['9000000', 9_000_000],
])('%s is %d', (text, cpus) => {
  expect(parseCpus(text, '--cpus')).toBe(cpus)
})

test.each([
  ['', 'is not a number of CPUs'],
  ['.', 'is not a number of CPUs'],
  ['-1', 'is not a number of CPUs'],
  ['1e3', 'is not a number of CPUs'],
  ['1/2', 'is not a number of CPUs'],
  ['1,5', 'is not a number of CPUs'],
  ['Infinity', 'is not a number of CPUs'],
  ['0.0000000001', 'is too precise'],
  ['0', 'is no CPU at all'],
  ['0.0', 'is no CPU at all'],
  ['10000000', 'is too much'],
])('%j %s', (text, what) => {
  expect(failure(() => parseCpus(text, '--cpus')).message).toBe(`--cpus: ${JSON.stringify(text)} ${what}`)
})
