import { expect, test } from 'vitest'
import { parseLabel } from '../../../src/cli/values/label.ts'
import { failure } from '../failure.ts'

test.each([
  ['a=b', ['a', 'b']],
  ['a', ['a', '']],
  ['a=', ['a', '']],
  ['a=b=c', ['a', 'b=c']],
  ['a= b ', ['a', ' b ']],
])('%s', (text, label) => {
  expect(parseLabel(text, '-l')).toEqual(label)
})

test('a label needs a name without spaces', () => {
  expect(failure(() => parseLabel('', '-l')).message).toBe('-l: the label has no name')
  expect(failure(() => parseLabel('=b', '-l')).message).toBe('-l: the label has no name')
  expect(failure(() => parseLabel('a b=c', '--label')).message).toBe(
    '--label: the name "a b" has a space in it',
  )
})
