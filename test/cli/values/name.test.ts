import { expect, test } from 'vitest'
import { parseName } from '../../../src/cli/values/name.ts'
import { failure } from '../failure.ts'

test.each(['ab', 'a1', 'job_1.x-y'])('%s', text => {
  expect(parseName(text, '--name')).toBe(text)
})

test.each(['a', '-ab', '_a', 'a b', 'a/b', 'ab\n'])('%j can not be a name', text => {
  const { message } = failure(() => parseName(text, '--name'))
  expect(message).toBe(`--name: ${JSON.stringify(text)} can't be a container's name`)
})
