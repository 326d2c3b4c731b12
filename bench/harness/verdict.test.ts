import { expect, test } from 'vitest'
import type { Goal } from './goal.ts'
import type { ContenderResult, WorkloadResult } from './results.ts'
import { figure, judge } from './verdict.ts'

const goal: Goal = {
  text: 'rate',
  workload: 'w',
  metric: 'rate',
  against: 'peer',
  want: 'at least',
  bound: 2,
}

function result(ours: number[], theirs: number[], more: Partial<WorkloadResult> = {}): WorkloadResult {
  const contender = (name: string, rate: number[]): ContenderResult => ({ name, values: { rate } })
  return {
    id: 'w',
    title: 'W',
    about: '',
    metrics: [{ key: 'rate', label: 'rate', unit: '/s', better: 'more' }],
    server: { kind: 'none' },
    contenders: [contender('holdfast', ours), contender('peer', theirs)],
    busy: 0,
    took: 1,
    ...more,
  }
}

const judged = (goal: Goal, result: WorkloadResult) => judge(goal, new Map([[result.id, result]]))

test('a goal is reached when the middle half of the rounds is beyond the bound', () => {
  expect(judged(goal, result([30, 31, 29], [10, 10, 10]))).toMatchObject({
    verdict: 'reached',
    found: '3x (2.95 to 3.05), at least 2x',
  })
})

test('one that is missed says by how much', () => {
  expect(judged(goal, result([10], [10])).found).toBe('1x, at least 2x: off by 2x')
  expect(judged({ ...goal, want: 'at most', bound: 0.8 }, result([10], [10]))).toMatchObject({
    verdict: 'missed',
    found: '1x, at most 0.8x: off by 25 %',
  })
})

test('one that is missed by what it is built on, too, is out of reach, and the figure is told', () => {
  const built = (rate: number): WorkloadResult => {
    const made = result([10], [10])
    return { ...made, contenders: [...made.contenders, { name: 'base', values: { rate: [rate] } }] }
  }
  const on = { ...goal, floor: 'base' }
  expect(judged(on, built(15))).toMatchObject({
    verdict: 'out of reach',
    found: '1x, at least 2x: off by 2x; base alone: 1.5x',
  })
  expect(judged(on, built(30))).toMatchObject({ verdict: 'missed' })
  expect(judged(on, built(9.5))).toMatchObject({ verdict: 'out of reach' })
  expect(judged(on, built(5))).toMatchObject({ verdict: 'missed' })
  expect(judged(on, result([10], [10]))).toMatchObject({ verdict: 'missed' })
  expect(judged(on, result([30], [10]))).toMatchObject({ verdict: 'reached' })
})

test('a bound within the middle half can not be judged', () => {
  expect(judged(goal, result([15, 20, 25], [10, 10, 10])).verdict).toBe('too wide to judge')
})

test('times of a busy machine are not judged, what does not depend on it is', () => {
  const busy = result([30], [10], { busy: 0.9 })
  expect(judged(goal, busy)).toMatchObject({
    verdict: 'too wide to judge',
    found: '3x, at least 2x; something else keeps 0.9 CPUs busy',
  })
  const steady = { ...busy, metrics: busy.metrics.map(metric => ({ ...metric, steady: true })) }
  expect(judged(goal, steady).verdict).toBe('reached')
})

test('what was not measured is skipped, with the reason', () => {
  const without = result([1], [])
  expect(judged(goal, { ...without, server: { kind: 'engine', lacks: 'no dockerd' } }).found).toBe(
    'no dockerd',
  )
  expect(judged({ ...goal, workload: 'other' }, without)).toMatchObject({ verdict: 'skipped' })
  expect(judged(goal, without).found).toBe('peer does not tell its rate')
  const [ours, peer] = without.contenders
  const skipped = { ...without, contenders: [ours, { ...peer, skipped: 'no peer' }] as ContenderResult[] }
  expect(judged(goal, skipped).found).toBe('peer: no peer')
})

test('differences and bare metrics are judged by the bound itself', () => {
  const most: Goal = { ...goal, want: 'at most', bound: 60, by: 'difference' }
  expect(judged(most, result([350], [300]))).toMatchObject({ verdict: 'reached', found: '50, at most 60' })
  const { against: _, ...alone } = { ...most, by: 'ratio' as const }
  expect(judged(alone, result([70], []))).toMatchObject({ verdict: 'missed' })
})

test('figures have three digits that count', () => {
  expect([0.012345, 1.2345, 98.76, 1234.5].map(figure)).toEqual(['0.0123', '1.23', '98.8', '1,235'])
})
