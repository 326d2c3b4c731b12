import { expect, test } from 'vitest'
import { parseRemove } from '../../../src/cli/values/remove.ts'
import { failure } from '../failure.ts'

test.each([
  ['true', 'always'],
  ['1', 'always'],
  ['false', 'never'],
  ['always', 'always'],
  ['success', 'success'],
  ['never', 'never'],
])('%s is %s', (text, policy) => {
  expect(parseRemove(text, '--rm')).toBe(policy)
})

test('anything else is refused with the list', () => {
  const error = failure(() => parseRemove('force', '--rm'))
  expect(error.message).toBe('--rm can\'t be "force"')
  expect(error.hint).toBe('Write one of always, success, never.')
})
