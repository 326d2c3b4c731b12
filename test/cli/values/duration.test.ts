import { describe, expect, test } from 'vitest'
import { parseDuration, pullTimeout } from '../../../src/cli/values/duration.ts'
import { InvalidValueError } from '../../../src/run/invalid.ts'
import { random, tries } from '../../support/random.ts'
import { refusal } from '../failure.ts'
import { world } from '../world.ts'

test.each([
  ['300ms', 300],
  ['1s', 1000],
  ['1.1s', 1100],
  ['.5s', 500],
  ['1.s', 1000],
  ['90s', 90_000],
  ['2h45m', 9_900_000],
  ['1.5h', 5_400_000],
  ['1h30m0.5s', 5_400_500],
  ['1500us', 2],
  ['1500\u00b5s', 2],
  ['1500\u03bcs', 2],
  ['1ns', 1],
  ['1m1m', 120_000],
  ['7d', 604_800_000],
  ['1.5d', 129_600_000],
  ['1d12h', 129_600_000],
  ['2562047h', 2_562_047 * 3_600_000],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds)
})

test.each([
  ['', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['s', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['.s', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['-1s', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['d', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['1w', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['1h 2m', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['1h2', 'must be numbers with units, such as 90s, 1h30m or 7d'],
  ['30', 'must have a unit'],
  ['1.5', 'must have a unit'],
  ['0', 'must have a unit'],
  ['0s', 'must be greater than 0'],
  ['0.1ns', 'must be greater than 0'],
  ['2562048h', 'must be at most 2562047h'],
  ['106752d', 'must be at most 2562047h'],
  [`${'9'.repeat(100)}h`, 'must be at most 2562047h'],
])('%j %s', (text, what) => {
  expect(refusal(() => parseDuration(text)).message).toBe(what)
})

test('a number without a unit is refused with the units', () => {
  expect(refusal(() => parseDuration('30')).hint).toBe('"30s" is seconds. The units: ms, s, m, h, d.')
})

describe('--pull-timeout', () => {
  test.each([
    ['5m', { total: 300_000 }],
    ['0', { connect: 0, idle: 0, total: 0 }],
    ['0s', { connect: 0, idle: 0, total: 0 }],
    ['total=1h', { total: 3_600_000 }],
    ['connect=500ms', { connect: 500 }],
    ['connect=5s,idle=1m,total=1d', { connect: 5000, idle: 60_000, total: 86_400_000 }],
    ['total=1m,connect=0', { total: 60_000, connect: 0 }],
  ])('%s is %j', (text, timeout) => {
    expect(pullTimeout.parse(text, world())).toEqual(timeout)
  })

  test.each([
    ['', undefined, 'must be numbers with units, such as 90s, 1h30m or 7d'],
    ['5', undefined, 'must have a unit'],
    ['5m,idle=1m', undefined, 'has "5m", which is not a part of a pull'],
    ['connect=5', 'connect "5"', 'must have a unit'],
    ['connect=', 'connect ""', 'must be numbers with units, such as 90s, 1h30m or 7d'],
    ['=5s', undefined, 'has "=5s", which is not a part of a pull'],
    ['CONNECT=5s', undefined, 'has "CONNECT=5s", which is not a part of a pull'],
    ['connect=5s,', undefined, 'has "", which is not a part of a pull'],
    ['connect=5s, idle=5s', undefined, 'has " idle=5s", which is not a part of a pull'],
    ['idle=1s,idle=2s', undefined, 'has idle twice'],
    ['idle=0,idle=0', undefined, 'has idle twice'],
    ['toString=1s', undefined, 'has "toString=1s", which is not a part of a pull'],
  ])('%j: %s %s', (text, part, message) => {
    const error = refusal(() => pullTimeout.parse(text, world()))
    expect([error.part, error.message]).toEqual([part, message])
  })

  test('random texts are whole milliseconds or refused', () => {
    const pick = random(4)
    const words = ['connect', 'idle', 'total', '=', ',', '0', '1', '.5', 's', 'm', 'd', ' ', '-', '\0', '🚢']
    for (let i = 0; i < tries * 5; i++) {
      const text = Array.from({ length: pick(9) }, () => words[pick(words.length)]).join('')
      try {
        const parts = Object.entries(pullTimeout.parse(text, world()))
        expect(parts.length, text).toBeGreaterThan(0)
        for (const [part, ms] of parts) {
          expect(['connect', 'idle', 'total'], text).toContain(part)
          expect(Number.isSafeInteger(ms) && ms >= 0, text).toBe(true)
        }
      } catch (error) {
        expect(error, text).toBeInstanceOf(InvalidValueError)
      }
    }
  })
})
