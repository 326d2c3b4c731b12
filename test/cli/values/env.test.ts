import { expect, test } from 'vitest'
import { parseEnv } from '../../../src/cli/values/env.ts'
import { failure } from '../failure.ts'

const ours = { HOME: '/root', EMPTY: '' }

test.each([
  ['A=b', ['A', 'b']],
  ['A=', ['A', '']],
  ['A=b=c', ['A', 'b=c']],
  ['A="b"', ['A', '"b"']],
  ['HOME', ['HOME', '/root']],
  ['EMPTY', ['EMPTY', '']],
  ['NONE', ['NONE', null]],
  ['constructor', ['constructor', null]],
])('%s', (text, variable) => {
  expect(parseEnv(text, '-e', ours)).toEqual(variable)
})

test('a variable without a name is refused, its value untold', () => {
  const error = failure(() => parseEnv('=hunter2', '-e', ours))
  expect(error.message).toBe('-e: the variable has no name')
  expect(error.hint).not.toContain('hunter2')
})
