import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../../../src/run/execution.ts'
import { LogPosition } from '../../../src/run/output/log-position.ts'
import { random } from '../../support/random.ts'

function at(milliseconds: number): string {
  return new Date(Date.UTC(2026, 10, 23) + milliseconds).toISOString().replace('Z', '000000')
}

/** A stream's messages; some have the timestamp of the one before, as the parts of a line do. */
function messages(count: number, next: (below: number) => number = () => 1): LogEntry[] {
  let time = 0
  return Array.from({ length: count }, (_, index) => {
    if (next(3) > 0) time++
    return { stream: 'stdout', timestamp: at(time), bytes: Buffer.from(`${index}\n`) }
  })
}

/** All that is read of a log by connections that pass so many messages each. */
function readBy(log: readonly LogEntry[], lengths: () => number): LogEntry[] {
  const position = new LogPosition()
  const read: LogEntry[] = []
  for (let news = -1; read.length !== news; ) {
    news = read.length
    const since = position.next('')
    read.push(...position.fresh(log.filter(({ timestamp }) => timestamp >= since).slice(0, lengths())))
  }
  expect(position.total).toBe(read.length)
  return read
}

describe('a log that is read by several connections', () => {
  test.each(Array.from({ length: 10 }, (_, index) => index + 1))('seed %i: each message once', seed => {
    const next = random(seed)
    const log = messages(500, next)
    expect(readBy(log, () => 20 + next(100))).toEqual(log)
  })

  test('a connection need bring one more message only', () => {
    const log = messages(30)
    expect(readBy(log, () => 2)).toEqual(log)
    expect(readBy(log, () => 1)).toEqual(log.slice(0, 1))
  })

  test('a server that knows no times begins at the start', () => {
    const log = messages(30)
    const position = new LogPosition()
    position.fresh(log.slice(0, 20))
    position.next('')
    expect(position.fresh(log)).toEqual(log.slice(20))
  })

  test('one that was rotated meanwhile can not be gone on with', () => {
    const log = messages(30)
    const position = new LogPosition()
    position.fresh(log.slice(0, 20))
    position.next('')
    expect(() => position.fresh(log.slice(25))).toThrow('no longer holds')
  })
})
