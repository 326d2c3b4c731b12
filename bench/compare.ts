import { join } from 'node:path'
import { checkout, holdfastRoot } from './harness/checkout.ts'
import type { WorkloadResult } from './harness/results.ts'
import { runAll } from './harness/session.ts'
import { median, middleOf, paired } from './harness/statistics.ts'
import { figure } from './harness/verdict.ts'
import type { Contender, Workload } from './harness/workload.ts'
import { table } from './report/table.ts'

/** Smaller changes are not reported, however certain. */
const worthReporting = 0.03
/** With fewer there is no interval that holds the median with 95 % confidence. */
const fewestRounds = 6
/** With fewer, the ratios alone do not separate a change from the noise. */
const enoughRounds = 9

interface Options {
  quick: boolean
  rounds: number | undefined
  showStatus(words: string): void
  clear(): void
}

interface Change {
  workload: string
  contender: string
  metric: string
  before: number
  after: number
  /** After by before: the median, and the interval of it. */
  ratio: number
  range: [low: number, high: number]
  verdict: 'worse' | 'better' | ''
}

/** Runs two checkouts in turns and prints what changed; true when something got worse by more than its noise. */
export async function compare(
  checkouts: { before: string; after: string | undefined },
  chosen: readonly Workload[],
  options: Options,
): Promise<boolean> {
  options.showStatus('building')
  const before = checkout(checkouts.before)
  const after = checkouts.after === undefined ? holdfastRoot : checkout(checkouts.after)
  const rounds = options.rounds ?? (options.quick ? undefined : enoughRounds)
  const both = chosen.map(workload => doubled(workload, before, after))
  const { workloads } = await runAll(both, { ...options, rounds, show: () => undefined })
  options.clear()
  const changes = workloads.flatMap(changesOf)
  console.log(`before: ${checkouts.before}\nafter:  ${checkouts.after ?? holdfastRoot}\n`)
  console.log(table([['', 'metric', 'before', 'after', 'ratio', 'between', ''], ...changes.map(row)]))
  for (const { id, server, contenders, busy } of workloads) {
    if (server.lacks !== undefined) console.log(`${id} skipped: ${server.lacks}`)
    if (busy > 0.1) console.log(`${id}: other processes kept ${figure(busy)} CPUs busy`)
    for (const { name, skipped } of contenders) if (skipped) console.log(`${id}, ${name} skipped: ${skipped}`)
  }
  const worse = changes.filter(({ verdict }) => verdict === 'worse')
  console.log(
    worse.length === 0 ? '\nNothing got worse by more than its noise.' : `\n${worse.length} got worse.`,
  )
  return worse.length > 0
}

/** Only holdfast's contenders, of either checkout. */
function doubled(workload: Workload, before: string, after: string): Workload {
  const of = (contender: Contender, which: string, root: string): Contender => ({
    ...contender,
    name: `${contender.name} ${which}`,
    command: contender.command.map(argument => moved(argument, root)),
    env: { ...contender.env, HOLDFAST: root },
  })
  return {
    ...workload,
    async contenders(place) {
      const ours = (await workload.contenders(place)).filter(({ name }) => name.startsWith('holdfast'))
      return ours.flatMap(contender => [of(contender, 'before', before), of(contender, 'after', after)])
    },
  }
}

/** The same path in another checkout; what belongs to bench/ is the same for both. */
function moved(argument: string, root: string): string {
  const bin = join(holdfastRoot, 'bin')
  return argument.startsWith(bin) ? join(root, 'bin') + argument.slice(bin.length) : argument
}

function changesOf({ id, metrics, contenders }: WorkloadResult): Change[] {
  const named = (name: string) => contenders.find(contender => contender.name === name)?.values ?? {}
  return contenders
    .filter(({ name }) => name.endsWith(' before'))
    .flatMap(({ name, values }) => {
      const contender = name.slice(0, -' before'.length)
      const others = named(`${contender} after`)
      return metrics.flatMap(({ key, label, unit }) => {
        const [before, after] = [values[key] ?? [], others[key] ?? []]
        if (before.length === 0 || after.length === 0) return []
        const ratios = paired(after, before, (b, a) => b / a)
        const [ratio, range] = [median(ratios), middleOf(ratios)]
        const metric = unit === '' ? label : `${label}, ${unit}`
        const verdict = judged(ratio, range, ratios.length)
        return [
          {
            workload: id,
            contender,
            metric,
            before: median(before),
            after: median(after),
            ratio,
            range,
            verdict,
          },
        ]
      })
    })
}

function judged(ratio: number, [low, high]: Change['range'], rounds: number): Change['verdict'] {
  if (rounds < fewestRounds) return ''
  if (Math.abs(ratio - 1) < worthReporting || (low <= 1 && high >= 1)) return ''
  return ratio > 1 ? 'worse' : 'better'
}

function row({ workload, contender, metric, before, after, ratio, range, verdict }: Change): string[] {
  const name = contender === 'holdfast' ? workload : `${workload}, ${contender}`
  const between = range.map(figure).join(' to ')
  return [name, metric, figure(before), figure(after), `${figure(ratio)}x`, between, verdict]
}
