import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { logText, setLogFormat, setRun, stamp } from '../../../src/cli/terminal/log.ts'

const time = '2026-11-23T14:52:02.463Z'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) })
})

afterEach(() => {
  vi.useRealTimers()
  setLogFormat('text')
})

test('as text, each line has the prefix', () => {
  expect(logText(['one', 'two\n three'])).toBe('holdfast: one\nholdfast: two | three\n')
})

describe('as JSON', () => {
  beforeEach(() => setLogFormat('json'))

  test.each<[string[], Parameters<typeof logText>[1], object]>([
    [['pulling x'], undefined, { level: 'info', message: 'pulling x' }],
    [['warning: no breaker'], undefined, { level: 'warning', message: 'no breaker' }],
    [['STALE: running x'], undefined, { level: 'warning', message: 'STALE: running x' }],
    [
      ['lost: it vanished', 'Look.'],
      { kind: 'lost' },
      { level: 'error', kind: 'lost', message: 'it vanished\nLook.' },
    ],
    [['a bug'], { kind: undefined }, { level: 'error', message: 'a bug' }],
    [['a\u001b[1mb'], undefined, { level: 'info', message: 'a\\u{1b}[1mb' }],
  ])('%j with %j is one object on one line', (lines, error, expected) => {
    const text = logText(lines, error)
    expect(text).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(text)).toStrictEqual({ time, ...expected })
  })
})

test('what is written during a run has its id', () => {
  setRun('the-id')
  expect(stamp()).toEqual({ time, run: 'the-id' })
})
