import { expect, test } from 'vitest'
import { parseBoolean } from '../../../src/cli/values/boolean.ts'
import { failure } from '../failure.ts'

test.each(['1', 't', 'T', 'true', 'TRUE', 'True'])('%s is true', text => {
  expect(parseBoolean(text, '--init')).toBe(true)
})

test.each(['0', 'f', 'F', 'false', 'FALSE', 'False'])('%s is false', text => {
  expect(parseBoolean(text, '--init')).toBe(false)
})

test.each(['', 'yes', 'tRUE', '2'])('%j is neither', text => {
  expect(failure(() => parseBoolean(text, '--init')).hint).toBe('Write --init or --init=false.')
})
