import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { OutcomeBuilder } from '../../src/run/outcome-builder.ts'
import { Output } from '../../src/run/output/output.ts'

const output = new Output(0, false, () => undefined)
const builder = (tell: (event: RunEvent) => void = () => undefined) =>
  new OutcomeBuilder(tell, { id: 'the-id', command: ['true'] })

afterEach(() => {
  vi.useRealTimers()
})

test('a phase that is entered twice has both durations', () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 0 })
  const record = builder()
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
  const record: OutcomeBuilder = builder(event => told.push([event, record.exitCode]))
  record.emit({ type: 'exited', exitCode: 3 })
  expect(told).toEqual([[{ type: 'exited', exitCode: 3 }, 3]])
})

test('gaps and warnings are kept in order', () => {
  const record = builder()
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
    const record = builder()
    expect(record.outcome(output).stale).toBe(null)
    record.emit({ ...pull, reason: 'refresh' })
    record.emit({ type: 'stale', image: 'x', ...stale })
    expect(record.outcome(output).stale).toStrictEqual(stale)
    expect(record.outcome(output).registry).toMatchObject({ contacted: true, reason: 'refresh' })
  })

  test('is no longer what runs after another pull', () => {
    const record = builder()
    record.emit({ type: 'stale', image: 'x', ...stale })
    record.emit({ ...pull, shared: true })
    expect(record.outcome(output)).toMatchObject({
      stale: null,
      registry: { contacted: true, reason: 'missing' },
    })
  })

  test('is in the outcome although the registry was left alone', () => {
    const record = builder()
    record.emit({ type: 'skipped', image: 'x', registry: 'docker.io', reason: 'r', until: 'u' })
    record.emit({ type: 'stale', image: 'x', ...stale })
    expect(record.outcome(output)).toMatchObject({ stale, registry: { contacted: false } })
  })
})

test('the attempts of a pull are counted', () => {
  const record = builder()
  record.emit({
    type: 'pull',
    image: 'x',
    registry: 'docker.io',
    reason: 'missing',
    credentials: 'anonymous',
    shared: false,
  })
  expect(record.outcome(output).registry).toMatchObject({ attempts: 1 })
  const failure = { kind: 'registry-outage', message: 'down' } as const
  record.emit({ type: 'retry', image: 'x', attempt: 2, attempts: 3, delay: 5, failure })
  expect(record.outcome(output).registry).toMatchObject({ contacted: true, reason: 'missing', attempts: 2 })
})

test('the name that the Engine made up is noted, and one that was given is kept', () => {
  const record = builder()
  record.noteName('nothing_yet')
  record.emit({ type: 'created', container: 'c', name: null })
  record.noteName('brave_curie')
  record.emit({ type: 'removed', container: 'c' })
  expect(record.outcome(output).container).toEqual({ id: 'c', name: 'brave_curie', removed: true })
  record.emit({ type: 'created', container: 'd', name: 'given' })
  record.noteName('other')
  expect(record.outcome(output).container).toEqual({ id: 'd', name: 'given', removed: false })
})
