import { describe, expect, test } from 'vitest'
import { copyFromContainer, copyLimits, copyToContainer } from '../../../src/cli/values/copy.ts'
import { InvalidValueError } from '../../../src/run/invalid.ts'
import { world } from '../world.ts'

describe('--copy-in', () => {
  test.each([
    ['./in:/work', { from: './in', to: '/work' }],
    ['a:b/.:/c/', { from: 'a:b/.', to: '/c/' }],
    ['C:/x:/c', { from: 'C:/x', to: '/c' }],
    ['/a:/b', { from: '/a', to: '/b' }],
  ])('%s', (text, copy) => {
    expect(copyToContainer.parse(text, world())).toEqual(copy)
  })

  test.each(['', 'a', ':/b', 'a:', 'a:b', 'a/b'])('%j is refused', text => {
    expect(() => copyToContainer.parse(text, world())).toThrow(InvalidValueError)
  })
})

describe('--copy-out', () => {
  test.each([
    ['/work/out:./out', { from: '/work/out', to: './out' }],
    ['/out/.:.', { from: '/out/.', to: '.' }],
    ['/out:C:/x', { from: '/out', to: 'C:/x' }],
  ])('%s', (text, copy) => {
    expect(copyFromContainer.parse(text, world())).toEqual(copy)
  })

  test.each(['', '/a', '/a:', ':a', 'a:b'])('%j is refused', text => {
    expect(() => copyFromContainer.parse(text, world())).toThrow(InvalidValueError)
  })
})

describe('--copy-limit', () => {
  test.each([
    ['bytes=50g', { bytes: 50 * 2 ** 30 }],
    [
      'bytes=0,entries=2000000,idle=5m,total=6h',
      { bytes: 0, entries: 2_000_000, idle: 300_000, total: 21_600_000 },
    ],
    ['entries=0', { entries: 0 }],
  ])('%s', (text, limits) => {
    expect(copyLimits.parse(text, world())).toEqual(limits)
  })

  test.each([
    '',
    '50g',
    'size=5',
    'bytes=',
    'bytes=x',
    'entries=1k',
    'idle=5',
    'bytes=1,bytes=2',
    'total=1h,',
  ])('%j is refused', text => {
    expect(() => copyLimits.parse(text, world())).toThrow(InvalidValueError)
  })
})
