import { expect, test } from 'vitest'
import { jsonObject, member, parseJsonObject } from '../../src/auth/json.ts'

test.each(['', '{', 'null', '[]', '"text"', '1', '{} {}', '\u{feff}{}'])('is no object: %j', text => {
  expect(parseJsonObject(text)).toBeUndefined()
})

test('finds members in any case, the exact one first; null is absence', () => {
  const object = parseJsonObject('{"USERNAME":"a","Username":"b","secret":null,"__proto__":"c"}') ?? new Map()
  expect(member(object, 'Username')).toBe('b')
  expect(member(object, 'userName')).toBe('a')
  expect(member(object, 'Secret')).toBeUndefined()
  expect(member(object, 'toString')).toBeUndefined()
  expect(member(object, '__proto__')).toBe('c')
})

test('an array is no object', () => {
  expect(jsonObject([1])).toBeUndefined()
})
