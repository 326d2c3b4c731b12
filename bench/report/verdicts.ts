import { goals } from '../goals.ts'
import type { Goal, Verdict } from '../harness/goal.ts'
import type { Results } from '../harness/results.ts'
import { judge } from '../harness/verdict.ts'
import { table } from './table.ts'

export interface Judged extends Verdict {
  goal: Goal
}

/** Every goal whose workloads are all among the results, or all goals of a whole run. */
export function verdicts({ workloads }: Results, all: boolean): Judged[] {
  const results = new Map(workloads.map(result => [result.id, result]))
  return goals
    .filter(goal => (all && goal.onRequest !== true) || goal.workloads.every(id => results.has(id)))
    .map(goal => ({ goal, ...judge(goal, results) }))
}

export function verdictTable(judged: readonly Judged[]): string {
  return table([
    ['', 'Goal', 'Verdict', 'Found'],
    ...judged.map(({ goal, verdict, found }) => [String(goal.row), goal.text, verdict, found]),
  ])
}

/** As `12 reached, 2 missed`. */
export function tally(judged: readonly Judged[]): string {
  const kinds = Map.groupBy(judged, ({ verdict }) => verdict)
  return [...kinds].map(([kind, some]) => `${some.length} ${kind}`).join(', ')
}
