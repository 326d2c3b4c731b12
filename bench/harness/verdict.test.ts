import { expect, test } from 'vitest'
import type { Goal } from './goal.ts'
import type { WorkloadResult } from './results.ts'
import { figure, judge } from './verdict.ts'

const goal: Goal = { row: 1, text: 'time', workloads: ['w'], metric: 'time', against: 'peer', atMost: 0.5 }

function result(values: Record<string, number[]>, more: Partial<WorkloadResult> = {}): WorkloadResult {
  return {
    id: 'w',
    title: 'W',
    about: '',
    metrics: [{ key: 'time', label: 'time', unit: 's' }],
    server: { kind: 'stub' },
    contenders: Object.entries(values).map(([name, time]) => ({ name, values: { time } })),
    busy: 0,
    took: 1,
    ...more,
  }
}

const judged = (goal: Goal, ...results: WorkloadResult[]) =>
  judge(goal, new Map(results.map(result => [result.id, result])))

test('a goal is reached when the middle half of the rounds keeps the bound', () => {
  expect(judged(goal, result({ holdfast: [3, 4, 2], peer: [10, 10, 10] }))).toEqual({
    verdict: 'reached',
    found: '0.3x (0.25 to 0.35); at most 0.5x',
  })
  expect(judged(goal, result({ holdfast: [10], peer: [10] })).verdict).toBe('missed')
})

test('where the floor misses the bound, too, there is no goal', () => {
  const values = { holdfast: [10], peer: [10] }
  const onFloor = { ...goal, floor: 'floor' }
  expect(judged(onFloor, result({ ...values, floor: [6] }))).toEqual({
    verdict: 'no goal on this machine',
    found: '1x, floor alone 0.6x; at most 0.5x',
  })
  expect(judged(onFloor, result({ ...values, floor: [4] })).verdict).toBe('missed')
  expect(judged(onFloor, result(values)).verdict).toBe('missed')
  expect(judged(onFloor, result({ ...values, holdfast: [1], floor: [6] })).verdict).toBe('reached')
})

test('a bound within the middle half cannot be judged', () => {
  expect(judged(goal, result({ holdfast: [4, 5, 6], peer: [10, 10, 10] })).verdict).toBe('too wide to judge')
})

test('times on a busy machine are not judged; what does not depend on the load is', () => {
  const busy = result({ holdfast: [1], peer: [10] }, { busy: 0.9 })
  expect(judged(goal, busy)).toEqual({
    verdict: 'too wide to judge',
    found: '0.1x; at most 0.5x; 0.9 CPUs were busy',
  })
  const steady = { ...busy, metrics: busy.metrics.map(metric => ({ ...metric, steady: true })) }
  expect(judged(goal, steady).verdict).toBe('reached')
})

test('what was not measured is skipped, with the reason', () => {
  const alone = result({ holdfast: [1], peer: [] })
  expect(judged(goal).verdict).toBe('skipped')
  expect(judged(goal, { ...alone, server: { kind: 'engine', lacks: 'no dockerd' } }).found).toContain(
    'no dockerd',
  )
  expect(judged(goal, alone)).toMatchObject({ verdict: 'skipped' })
  const [ours, peer] = alone.contenders
  const skipped = {
    ...alone,
    contenders: [ours, { ...peer, skipped: 'no peer' }] as WorkloadResult['contenders'],
  }
  expect(judged(goal, skipped).found).toContain('peer: no peer')
})

test('of several workloads the worst counts', () => {
  const both = { ...goal, workloads: ['w', 'v'] }
  const good = result({ holdfast: [1], peer: [10] })
  const bad = { ...result({ holdfast: [9], peer: [10] }), id: 'v' }
  expect(judged(both, good, bad)).toEqual({ verdict: 'missed', found: 'w 0.1x; v 0.9x; at most 0.5x' })
})

test('a bare metric is judged by the bound itself', () => {
  const { against: _, ...alone } = { ...goal, atMost: 60 }
  expect(judged(alone, result({ holdfast: [70] }))).toEqual({ verdict: 'missed', found: '70; at most 60' })
})

test('figures have three significant digits', () => {
  expect([0.012345, 1.2345, 98.76, 1234.5].map(figure)).toEqual(['0.0123', '1.23', '98.8', '1,235'])
})
