import { goals } from '../goals.ts'
import type { Goal, Verdict } from '../harness/goal.ts'
import type { Results } from '../harness/results.ts'
import { judge } from '../harness/verdict.ts'
import { table } from './table.ts'

/** Every goal whose workload is among the results, or all of them. */
export function verdicts({ workloads }: Results, all: boolean): Verdict[] {
  const results = new Map(workloads.map(result => [result.id, result]))
  return goals.filter((goal: Goal) => all || results.has(goal.workload)).map(goal => judge(goal, results))
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return table([
    ['Goal', 'Verdict', 'Found'],
    ...verdicts.map(({ goal, verdict, found }) => [`${goal.text}`, verdict, found]),
  ])
}

/** As `31 reached, 4 missed`. */
export function tally(verdicts: readonly Verdict[]): string {
  const kinds = Map.groupBy(verdicts, ({ verdict }) => verdict)
  return [...kinds].map(([kind, some]) => `${some.length} ${kind}`).join(', ')
}
