import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { OutcomeBuilder } from '../../src/run/outcome-builder.ts'
import { Output } from '../../src/run/output/output.ts'

const output = new Output(0, false, () => undefined)

afterEach(() => {
  vi.useRealTimers()
})

test('a phase that is entered twice has both durations', () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 0 })
  const record = new OutcomeBuilder(() => undefined)
  for (const [phase, ms] of [
    ['inspect', 10],
    ['pull', 5],
    ['inspect', 7],
  ] as const) {
    record.emit({ type: 'phase', phase })
    vi.advanceTimersByTime(ms)
  }
  expect(record.outcome(output)).toMatchObject({
    phases: { inspect: 17, pull: 5 },
    duration: 22,
    startedAt: '1970-01-01T00:00:00.000Z',
  })
})

test('an event is noted before it is passed on', () => {
  const told: Array<[RunEvent, number | null]> = []
  const record: OutcomeBuilder = new OutcomeBuilder(event => told.push([event, record.exitCode]))
  record.emit({ type: 'exited', exitCode: 3 })
  expect(told).toEqual([[{ type: 'exited', exitCode: 3 }, 3]])
})

test('gaps and warnings are kept in order', () => {
  const record = new OutcomeBuilder(() => undefined)
  for (const n of ['1', '2']) {
    record.emit({ type: 'gap', reason: `g${n}` })
    record.emit({ type: 'warning', message: `w${n}` })
  }
  expect(record.outcome(output)).toMatchObject({ gaps: ['g1', 'g2'], warnings: ['w1', 'w2'] })
})

describe('a local copy in place of what could not be pulled', () => {
  const stale = { reason: 'x could not be pulled', kind: 'registry-outage', age: 5, digest: null } as const
  const pull: RunEvent = {
    type: 'pull',
    image: 'x',
    registry: 'docker.io',
    reason: 'missing',
    credentials: 'anonymous',
    shared: false,
  }

  test('is in the outcome, without the reference that the outcome has anyway', () => {
    const record = new OutcomeBuilder(() => undefined)
    expect(record.outcome(output).stale).toBe(null)
    record.emit({ ...pull, reason: 'refresh' })
    record.emit({ type: 'stale', image: 'x', ...stale })
    expect(record.outcome(output).stale).toStrictEqual(stale)
    expect(record.outcome(output).registry).toMatchObject({ contacted: true, reason: 'refresh' })
  })

  test('is no longer what runs after another pull', () => {
    const record = new OutcomeBuilder(() => undefined)
    record.emit({ type: 'stale', image: 'x', ...stale })
    record.emit({ ...pull, shared: true })
    expect(record.outcome(output)).toMatchObject({
      stale: null,
      registry: { contacted: true, reason: 'missing' },
    })
  })

  test('is in the outcome although the registry was left alone', () => {
    const record = new OutcomeBuilder(() => undefined)
    record.emit({ type: 'skipped', image: 'x', registry: 'docker.io', reason: 'r', until: 'u' })
    record.emit({ type: 'stale', image: 'x', ...stale })
    expect(record.outcome(output)).toMatchObject({ stale, registry: { contacted: false } })
  })
})
