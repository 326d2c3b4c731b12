import { describe, expect, test } from 'vitest'
import { checkLink, nameParts, partsBelow, Refusal } from '../../../src/run/files/entry-name.ts'

describe('the name of an entry', () => {
  test.each([
    ['a', ['a']],
    ['./a//b/', ['a', 'b']],
    ['./', []],
    ['a/...', ['a', '...']],
    ['..a/b..', ['..a', 'b..']],
  ])('%j has its parts', (name, parts) => {
    expect(nameParts(name)).toEqual(parts)
  })

  test.each(['/a', '//a', '..', 'a/..', './../a', 'a/../b', 'a\0b'])('%j is refused', name => {
    expect(() => nameParts(name)).toThrow(Refusal)
  })

  test('is taken below the root of the archive, and refused beside it', () => {
    expect(partsBelow(['out'], 'out/a/b')).toEqual(['a', 'b'])
    expect(partsBelow([], './a')).toEqual(['a'])
    for (const name of ['outside/a', 'o', '.', 'other/out'])
      expect(() => partsBelow(['out'], name)).toThrow(Refusal)
  })
})

describe('a symbolic link', () => {
  test.each([
    [['l'], 'a'],
    [['l'], './a/b'],
    [['d', 'l'], '../a'],
    [['d', 'e', 'l'], '../../a/b'],
    [['d', 'l'], '..'],
    [['l'], '.'],
    [['l'], '..a'],
  ])('at %j may lead to %j', (at, target) => {
    expect(() => checkLink(at, target)).not.toThrow()
  })

  test.each([
    [['l'], '/a'],
    [['l'], '..'],
    [['l'], '../a'],
    [['d', 'l'], '../../a'],
    [['d', 'l'], '.././../a'],
    [['d', 'l'], 'a/../b'],
    [['d', 'e', 'l'], '../a/..'],
    [['l'], ''],
    [['l'], 'a\0'],
    [[], 'a'],
  ])('at %j is refused with the target %j', (at, target) => {
    expect(() => checkLink(at, target)).toThrow(Refusal)
  })
})
