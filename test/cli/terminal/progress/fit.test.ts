import { describe, expect, test } from 'vitest'
import { ascii, cutMiddle, fit, glyphsFor, unicode } from '../../../../src/cli/terminal/progress/fit.ts'

describe('a line', () => {
  const ways = [['layer', { fraction: 0.5 }, '10 of 20'], ['layer', undefined, '50%'], ['50%, the last way']]

  test.each([
    [60, 'layer ###############--------------- 10 of 20'],
    [45, 'layer ###############--------------- 10 of 20'],
    [44, 'layer ##############--------------- 10 of 20'],
    [23, 'layer ####---- 10 of 20'],
    [22, 'layer 50%'],
    [9, 'layer 50%'],
    [8, '50%, ...'],
    [3, '...'],
    [1, '.'],
    [0, ''],
    [-1, ''],
  ])('in %d columns', (width, line) => {
    expect(fit(width, ways, ascii)).toBe(line)
  })

  test.each([
    [0, '--------'],
    [0.124, '--------'],
    [0.125, '#-------'],
    [0.999, '#######-'],
    [1, '########'],
  ])('with a bar of %d', (fraction, bar) => {
    expect(fit(8, [[{ fraction }]], ascii)).toBe(bar)
  })

  test('in the characters of the terminal', () => {
    expect(fit(8, [[{ fraction: 0.5 }]], unicode)).toBe('████░░░░')
    expect(fit(8, [['more than eight']], unicode)).toBe('more th…')
  })
})

test.each([
  ['reg.test/app:1', 14, 'reg.test/app:1'],
  ['registry.example.com/team/app:1.4', 20, 'regis...team/app:1.4'],
  ['registry.example.com/team/app:1.4', 7, 'r...1.4'],
  ['registry.example.com/team/app:1.4', 6, 'reg...'],
])('%s in %d columns', (image, width, expected) => {
  const cut = cutMiddle(image, width, ascii)
  expect(cut.length).toBeLessThanOrEqual(width)
  expect(cut).toBe(expected)
})

test.each([
  [{ LANG: 'en_US.UTF-8' }, unicode],
  [{ LANG: 'C.utf8' }, unicode],
  [{ LANG: 'C' }, ascii],
  [{}, ascii],
  [{ LC_CTYPE: 'C', LANG: 'en_US.UTF-8' }, ascii],
  [{ LC_ALL: '', LC_CTYPE: 'de_DE.UTF-8', LANG: 'C' }, unicode],
  [{ LC_ALL: 'POSIX', LC_CTYPE: 'de_DE.UTF-8' }, ascii],
])('%j', (env, glyphs) => {
  expect(glyphsFor(env)).toBe(glyphs)
})
