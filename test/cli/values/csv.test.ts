import { expect, test } from 'vitest'
import { parseCsv } from '../../../src/cli/values/csv.ts'
import { failure } from '../failure.ts'

test.each([
  ['', ['']],
  ['a', ['a']],
  ['a,b=c', ['a', 'b=c']],
  ['a,', ['a', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a""b"', ['a"b']],
  ['""', ['']],
  ['"a\nb"', ['a\nb']],
  [' a , b', [' a ', ' b']],
])('%j', (text, fields) => {
  expect(parseCsv(text, '--mount')).toEqual(fields)
})

test.each(['a"b', 'a,"b', '"a"b', '"a" ,b', 'a\nb', 'a,b\n'])('%j is not one record', text => {
  expect(failure(() => parseCsv(text, '--mount')).message).toMatch(/^--mount: field [12] is not CSV$/)
})
