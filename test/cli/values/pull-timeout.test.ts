import { expect, test } from 'vitest'
import { UsageError } from '../../../src/cli/usage.ts'
import { parsePullTimeout } from '../../../src/cli/values/pull-timeout.ts'
import { random, tries } from '../../support/random.ts'
import { failure } from '../failure.ts'

test.each([
  ['5m', { total: 300_000 }],
  ['0', { connect: 0, idle: 0, total: 0 }],
  ['0s', { connect: 0, idle: 0, total: 0 }],
  ['total=1h', { total: 3_600_000 }],
  ['connect=500ms', { connect: 500 }],
  ['connect=5s,idle=1m,total=1d', { connect: 5000, idle: 60_000, total: 86_400_000 }],
  ['total=1m,connect=0', { total: 60_000, connect: 0 }],
])('%s is %j', (text, timeout) => {
  expect(parsePullTimeout(text, '--pull-timeout')).toEqual(timeout)
})

test.each([
  ['', '--pull-timeout: "" is not a duration'],
  ['5', '--pull-timeout: "5" has no unit'],
  ['5m,idle=1m', '--pull-timeout: "5m" is not a part of a pull'],
  ['connect=5', '--pull-timeout connect: "5" has no unit'],
  ['connect=', '--pull-timeout connect: "" is not a duration'],
  ['=5s', '--pull-timeout: "=5s" is not a part of a pull'],
  ['read=5s', '--pull-timeout: "read=5s" is not a part of a pull'],
  ['CONNECT=5s', '--pull-timeout: "CONNECT=5s" is not a part of a pull'],
  ['connect=5s,', '--pull-timeout: "" is not a part of a pull'],
  ['connect=5s, idle=5s', '--pull-timeout: " idle=5s" is not a part of a pull'],
  ['idle=1s,idle=2s', '--pull-timeout says idle twice'],
  ['idle=0,idle=0', '--pull-timeout says idle twice'],
  ['toString=1s', '--pull-timeout: "toString=1s" is not a part of a pull'],
])('%j: %s', (text, message) => {
  const error = failure(() => parsePullTimeout(text, '--pull-timeout'))
  expect(error.message).toBe(message)
  expect(error.hint).toMatch(/\.$/)
})

test('random texts are whole milliseconds or a usage error', () => {
  const pick = random(4)
  const words = ['connect', 'idle', 'total', '=', ',', '0', '1', '.5', 's', 'm', 'd', ' ', '-', '\0', '🚢']
  for (let i = 0; i < tries * 5; i++) {
    const text = Array.from({ length: pick(9) }, () => words[pick(words.length)]).join('')
    try {
      const parts = Object.entries(parsePullTimeout(text, '--pull-timeout'))
      expect(parts.length, text).toBeGreaterThan(0)
      for (const [part, ms] of parts) {
        expect(['connect', 'idle', 'total'], text).toContain(part)
        expect(Number.isSafeInteger(ms) && ms >= 0, text).toBe(true)
      }
    } catch (error) {
      expect(error, text).toBeInstanceOf(UsageError)
    }
  }
})
