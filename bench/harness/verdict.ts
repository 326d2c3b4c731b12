import type { Goal, Verdict } from './goal.ts'
import type { WorkloadResult } from './results.ts'
import { paired, type Spread, spread } from './statistics.ts'

/** CPUs that something else may keep busy before times are no longer to be trusted. */
export const tolerableLoad = 0.25

/** Up to so much ahead of the floor, ours counts as level with it: it is noise, or a little thing done better. */
const level = 1.1

/** Whether a goal was reached, as far as the results can tell. */
export function judge(goal: Goal, results: ReadonlyMap<string, WorkloadResult>): Verdict {
  const result = results.get(goal.workload)
  if (result === undefined) return { goal, verdict: 'skipped', found: `${goal.workload} was not run` }
  const missing = [goal.of ?? 'holdfast', goal.against]
    .filter(name => name !== undefined)
    .map(name => lack(result, name, goal.metric))
    .find(reason => reason !== undefined)
  if (missing !== undefined) return { goal, verdict: 'skipped', found: missing }
  const found = spread(compared(goal, result))
  const words = `${describe(goal, found)}`
  if (!isSteady(result, goal.metric) && result.busy > tolerableLoad) {
    const others = `something else keeps ${result.busy.toFixed(1)} CPUs busy`
    return { goal, verdict: 'too wide to judge', found: `${words}; ${others}` }
  }
  const [met, certain] = [meets(goal, found.median), meets(goal, found.lower) === meets(goal, found.upper)]
  if (!certain) return { goal, verdict: 'too wide to judge', found: words }
  if (met) return { goal, verdict: 'reached', found: words }
  const missed = `${words}${shortfall(goal, found.median)}`
  const floor = floorOf(goal, result)
  if (floor === undefined) return { goal, verdict: 'missed', found: missed }
  const ahead = goal.want === 'at least' ? found.median / floor.median : floor.median / found.median
  const verdict = meets(goal, floor.median) || ahead > level ? 'missed' : 'out of reach'
  return { goal, verdict, found: `${missed}; ${goal.floor} alone: ${figures(goal, floor)}` }
}

/** What the contender that does as little as can be done makes of the same goal. */
function floorOf({ floor, ...goal }: Goal, result: WorkloadResult): Spread | undefined {
  if (floor === undefined || lack(result, floor, goal.metric) !== undefined) return undefined
  return spread(compared({ ...goal, of: floor }, result))
}

function lack({ id, server, contenders }: WorkloadResult, name: string, metric: string): string | undefined {
  if (server.lacks !== undefined) return server.lacks
  const contender = contenders.find(contender => contender.name === name)
  if (contender === undefined) return `${id} has no ${name}`
  if (contender.skipped !== undefined) return `${name}: ${contender.skipped}`
  return contender.values[metric]?.length ? undefined : `${name} does not tell its ${metric}`
}

function compared(
  { of = 'holdfast', against, by = 'ratio', metric }: Goal,
  result: WorkloadResult,
): number[] {
  const values = (name: string) =>
    result.contenders.find(contender => contender.name === name)?.values[metric] ?? []
  if (against === undefined) return values(of)
  const compare = by === 'ratio' ? (a: number, b: number) => a / b : (a: number, b: number) => a - b
  return paired(values(of), values(against), compare)
}

function isSteady({ metrics }: WorkloadResult, key: string): boolean {
  return metrics.find(metric => metric.key === key)?.steady ?? false
}

function meets({ want, bound }: Goal, value: number): boolean {
  return want === 'at least' ? value >= bound : value <= bound
}

function describe(goal: Goal, found: Spread): string {
  return `${figures(goal, found)}, ${goal.want} ${figure(goal.bound)}${sign(goal)}`
}

function figures(goal: Goal, { median, lower, upper }: Spread): string {
  const range = lower === upper ? '' : ` (${figure(lower)} to ${figure(upper)})`
  return `${figure(median)}${sign(goal)}${range}`
}

function sign({ against, by }: Goal): string {
  return against !== undefined && by !== 'difference' ? 'x' : ''
}

function shortfall({ want, bound }: Goal, value: number): string {
  if (value <= 0 || bound <= 0) return ''
  const factor = want === 'at least' ? bound / value : value / bound
  return `: off by ${factor < 2 ? `${Math.max(1, Math.round((factor - 1) * 100))} %` : `${figure(factor)}x`}`
}

/** A number with three digits that count. */
export function figure(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}
