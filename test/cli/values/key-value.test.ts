import { describe, expect, test } from 'vitest'
import { label, parseCsv, replacement, variable, variableFile } from '../../../src/cli/values/key-value.ts'
import { InvalidValueError } from '../../../src/run/invalid.ts'
import { random, tries } from '../../support/random.ts'
import { refusal } from '../failure.ts'
import { world } from '../world.ts'

const ours = { HOME: '/root', EMPTY: '' }
const read = (file: string | Uint8Array) =>
  variableFile.parse('vars', world(ours, { '/work/dir/vars': file }))

describe("docker's kvfile", () => {
  test.each([
    ['nothing', '', []],
    ['a line', 'A=b', ['A=b']],
    ['lines', 'A=b\nC=d\n', ['A=b', 'C=d']],
    ['CRLF', 'A=b\r\nC=d\r\n', ['A=b', 'C=d']],
    ['comments and blank lines', '# A=b\n\n   \n  # x\nC=d', ['C=d']],
    ['a # in a value', 'A=b # c', ['A=b # c']],
    ['verbatim values', 'A="b c"\nB=\'x\'\nC=$HOME\\n ', ['A="b c"', "B='x'", 'C=$HOME\\n ']],
    ['space before a name', ' \t\u00a0\u0085A=b', ['A=b']],
    ['an = in a value', 'A=b=c', ['A=b=c']],
    ['an empty value', 'A=', ['A=']],
    ['a BOM', '\ufeffA=b', ['A=b']],
    ['a BOM that is not first', 'A=b\n\ufeffC=d', ['A=b', '\ufeffC=d']],
    ['a bare name that we have', 'HOME', ['HOME=/root']],
    ['a bare name that we have not', 'NONE\nconstructor\nA=b', ['A=b']],
    ['a repeated name', 'A=b\nA=c', ['A=b', 'A=c']],
  ])('%s', (_, file, variables) => {
    expect(read(file)).toEqual(variables)
  })

  test('the longest line', () => {
    const value = 'x'.repeat(64 * 1024 - 3)
    expect(read(`A=${value}\nB=c`)).toEqual([`A=${value}`, 'B=c'])
  })
})

test.each([
  [
    'a name with a space',
    'A=b\nexport SECRET=hunter2',
    'has a bad line 2: the name of the variable has a space',
  ],
  ['a space after the name', 'SECRET =hunter2', 'has a bad line 1: the name of the variable has a space'],
  ['a line of words', 'SECRET hunter2', 'has a bad line 1: the name of the variable has a space'],
  ['no name', '\n\n=hunter2', 'has a bad line 3: it has no name before "="'],
  ['a NUL', 'A=hunter2\0', 'has a bad line 1: it has a NUL'],
  [
    'a long line',
    `A=b\nSECRET=hunter2${'x'.repeat(64 * 1024)}`,
    'has a bad line 2: it is longer than 64 KiB',
  ],
  ['no UTF-8', Uint8Array.from([0x41, 0x3d, 0xff]), 'has a bad line 1: it is not UTF-8'],
])('%s is refused by line, without its text', (_, file, what) => {
  const error = refusal(() => read(file))
  expect(error.message).toBe(what)
  expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
})

test('a file that can not be read', () => {
  const error = refusal(() => variableFile.parse('gone', world()))
  expect(error.message).toBe('cannot be read: there is no such file')
  expect(error.cause).toBeInstanceOf(Error)
  expect(refusal(() => variableFile.parse('', world())).message).toBe('must be a path')
})

test('random bytes are variables or refused', () => {
  const pick = random(7)
  const likely = [...new TextEncoder().encode('AB=# \t\r\n\n\0\ufeff\u00e9')]
  for (let i = 0; i < tries; i++) {
    const bytes = Uint8Array.from({ length: pick(40) }, () => likely[pick(likely.length + 4)] ?? pick(256))
    try {
      for (const variable of read(bytes)) expect(variable).toMatch(/^([^\s=][^ \t=]*|\ufeff[^=]*)=[^\n]*$/)
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidValueError)
    }
  }
})

test.each([
  ['A=b', 'A=b'],
  ['A=', 'A='],
  ['A=b=c', 'A=b=c'],
  ['A="b"', 'A="b"'],
  ['HOME', 'HOME=/root'],
  ['EMPTY', 'EMPTY='],
  ['NONE', 'NONE'],
  ['constructor', 'constructor'],
])('the variable %s', (text, entry) => {
  expect(variable.parse(text, world(ours))).toBe(entry)
})

test('a variable without a name is refused', () => {
  expect(refusal(() => variable.parse('=hunter2', world(ours))).message).toBe('must have a name before "="')
  expect(variable.secret).toBe(true)
})

test.each([
  ['a=b', ['a', 'b']],
  ['a', ['a', '']],
  ['a=', ['a', '']],
  ['a=b=c', ['a', 'b=c']],
  ['a= b ', ['a', ' b ']],
])('the label %s', (text, entry) => {
  expect(label.parse(text, world())).toEqual(entry)
})

test('a label needs a name without spaces', () => {
  for (const text of ['', '=b']) {
    expect(refusal(() => label.parse(text, world())).message).toBe('must have a name before "="')
  }
  expect(refusal(() => label.parse('a b=c', world())).message).toBe('"a b" must not have spaces in its name')
})

test('a replacement', () => {
  expect(replacement.parse('a=b=c', world())).toEqual(['a', 'b=c'])
  expect(replacement.parse('a=', world())).toEqual(['a', ''])
  for (const text of ['', 'a', '=b']) {
    expect(refusal(() => replacement.parse(text, world())).message).toBe('must be TEXT=OTHER')
  }
})

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
])('the CSV %j', (text, fields) => {
  expect(parseCsv(text)).toEqual(fields)
})

test.each(['a"b', 'a,"b', '"a"b', '"a" ,b', 'a\nb', 'a,b\n'])('%j is not one record of CSV', text => {
  expect(refusal(() => parseCsv(text)).message).toMatch(/^must be CSV, and field [12] is not$/)
})
