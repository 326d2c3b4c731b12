import { expect, test } from 'vitest'
import {
  boolean,
  exitStatus,
  integer,
  listOf,
  mapOf,
  name,
  nullable,
  number,
  object,
  optional,
  type Shape,
  ShapeError,
  text,
} from '../../../src/engine/http/shape.ts'

const container = object<{ Id: string; State: { Code: number }; Names?: string[] | null; Labels?: object }>({
  Id: name,
  State: object({ Code: exitStatus }),
  Names: nullable(listOf(text)),
  Labels: optional(mapOf(text)),
})
const good = { Id: 'a', State: { Code: 0, More: 1 } }

test.each<[string, Shape<unknown>, unknown]>([
  ['a string', text, ''],
  ['a number', number, 1.5],
  ['a whole number', integer, -1],
  ['an exit status', exitStatus, 255],
  ['a boolean', boolean, false],
  ['nothing', optional(text), undefined],
  ['null', nullable(text), null],
  ['a list', listOf(integer), [1, 2]],
  ['a map', mapOf(text), { a: 'b' }],
  ['an object with more than is asked for', container, { ...good, Other: 1 }],
  ['an object with a null', container, { ...good, Names: null }],
])('takes %s', (_, shape, value) => {
  expect(shape(value, '')).toEqual(value)
})

test.each<[unknown, string]>([
  [null, 'it must be an object'],
  [[], 'it must be an object'],
  [undefined, 'it is missing'],
  [{ ...good, Id: undefined }, 'Id is missing'],
  [{ ...good, Id: '' }, 'Id must be a string that is not empty'],
  [{ ...good, Id: 7 }, 'Id must be a string'],
  [{ ...good, State: null }, 'State must be an object'],
  [{ ...good, State: {} }, 'State.Code is missing'],
  ...[256, -1].map((Code): [unknown, string] => [
    { ...good, State: { Code } },
    'State.Code must be from 0 to 255',
  ]),
  ...[1.5, true, '0', null, Number.NaN, 2 ** 60].map((Code): [unknown, string] => [
    { ...good, State: { Code } },
    'State.Code must be a whole number',
  ]),
  [{ ...good, Names: {} }, 'Names must be a list'],
  [{ ...good, Names: ['a', 1] }, 'Names[1] must be a string'],
  [{ ...good, Labels: { x: 1 } }, 'Labels["x"] must be a string'],
  [{ ...good, Labels: null }, 'Labels must be an object'],
])('refuses %j', (value, message) => {
  expect(() => container(value, '')).toThrow(new ShapeError(message))
})
