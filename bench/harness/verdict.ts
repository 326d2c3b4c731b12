import { type Goal, type Verdict, verdictKinds } from './goal.ts'
import type { WorkloadResult } from './results.ts'
import { paired, type Spread, spread } from './statistics.ts'

/** CPUs that other processes may keep busy; above that, times are not judged. */
export const tolerableLoad = 0.25

/** Judges a goal in each of its workloads; the worst verdict counts. */
export function judge(goal: Goal, results: ReadonlyMap<string, WorkloadResult>): Verdict {
  const all = goal.workloads.map(id => ({ id, ...judgeIn(goal, id, results.get(id)) }))
  const verdict = verdictKinds.find(kind => all.some(one => one.verdict === kind)) ?? 'skipped'
  const found = all.map(one => (all.length === 1 ? one.found : `${one.id} ${one.found}`)).join('; ')
  const busy = Math.max(...goal.workloads.map(id => results.get(id)?.busy ?? 0))
  const load =
    verdict === 'too wide to judge' && busy > tolerableLoad ? `; ${figure(busy)} CPUs were busy` : ''
  return { verdict, found: `${found}; at most ${figure(goal.atMost)}${sign(goal)}${load}` }
}

function judgeIn(goal: Goal, id: string, result: WorkloadResult | undefined): Verdict {
  if (result === undefined) return { verdict: 'skipped', found: `${id} was not run` }
  const missing = [goal.of ?? 'holdfast', goal.against]
    .filter(name => name !== undefined)
    .map(name => lack(result, name, goal.metric))
    .find(reason => reason !== undefined)
  if (missing !== undefined) return { verdict: 'skipped', found: missing }
  const ours = spread(compared(goal, result))
  const found = figures(goal, ours)
  const steady = result.metrics.find(({ key }) => key === goal.metric)?.steady ?? false
  if (!steady && result.busy > tolerableLoad) return { verdict: 'too wide to judge', found }
  const keeps = (value: number) => value <= goal.atMost
  if (keeps(ours.lower) !== keeps(ours.upper)) return { verdict: 'too wide to judge', found }
  if (keeps(ours.median)) return { verdict: 'reached', found }
  const floor = floorOf(goal, result)
  if (floor === undefined) return { verdict: 'missed', found }
  const verdict = keeps(floor.median) ? 'missed' : 'no goal on this machine'
  return { verdict, found: `${found}, ${goal.floor} alone ${figures(goal, floor)}` }
}

function floorOf({ floor, ...goal }: Goal, result: WorkloadResult): Spread | undefined {
  if (floor === undefined || lack(result, floor, goal.metric) !== undefined) return undefined
  return spread(compared({ ...goal, of: floor }, result))
}

function lack({ id, server, contenders }: WorkloadResult, name: string, metric: string): string | undefined {
  if (server.lacks !== undefined) return server.lacks
  const contender = contenders.find(contender => contender.name === name)
  if (contender === undefined) return `${id} has no ${name}`
  if (contender.skipped !== undefined) return `${name}: ${contender.skipped}`
  return contender.values[metric]?.length ? undefined : `${name} does not report its ${metric}`
}

function compared({ of = 'holdfast', against, metric }: Goal, { contenders }: WorkloadResult): number[] {
  const values = (name: string) => contenders.find(contender => contender.name === name)?.values[metric] ?? []
  if (against === undefined) return values(of)
  return paired(values(of), values(against), (a, b) => a / b)
}

function figures(goal: Goal, { median, lower, upper }: Spread): string {
  const range = lower === upper ? '' : ` (${figure(lower)} to ${figure(upper)})`
  return `${figure(median)}${sign(goal)}${range}`
}

function sign({ against }: Goal): string {
  return against === undefined ? '' : 'x'
}

/** A number with three significant digits. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}
