import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { holdfastRoot } from './harness/checkout.ts'
import type { WorkloadResult } from './harness/results.ts'
import { runAll } from './harness/session.ts'
import { median, middleOf, paired } from './harness/statistics.ts'
import { figure } from './harness/verdict.ts'
import type { Contender, Metric, Workload } from './harness/workload.ts'
import { table } from './report/table.ts'

/** What is smaller is no news, however sure. */
const worthTelling = 0.03
/** With fewer, noise can't be told from a change by the ratios alone. */
const enoughRounds = 9

interface Options {
  quick: boolean
  rounds: number | undefined
  tell(words: string): void
  clear(): void
}

interface Change {
  workload: string
  contender: string
  metric: string
  /** B by A: the middle, and between what it lies. */
  ratio: number
  range: [low: number, high: number]
  verdict: 'worse' | 'better' | ''
}

/** Runs two checkouts in turns; says how B compares with A, and whether something got worse by more than its noise. */
export async function compare(
  a: string,
  b: string,
  chosen: readonly Workload[],
  options: Options,
): Promise<boolean> {
  const [rootA, rootB] = [built(a), built(b)]
  const rounds = options.rounds ?? (options.quick ? undefined : enoughRounds)
  const both = chosen.map(workload => doubled(workload, rootA, rootB))
  const { workloads } = await runAll(both, { ...options, rounds, show: () => undefined })
  options.clear()
  const changes = workloads.flatMap(changesOf)
  console.log(`B = ${rootB}\nbeside A = ${rootA}\n`)
  console.log(table([['', 'metric', 'B by A', 'between', ''], ...changes.map(row)]))
  for (const { id, server, contenders } of workloads) {
    if (server.lacks !== undefined) console.log(`${id} skipped: ${server.lacks}`)
    for (const { name, skipped } of contenders) if (skipped) console.log(`${id}, ${name} skipped: ${skipped}`)
  }
  const worse = changes.filter(({ verdict }) => verdict === 'worse')
  console.log(
    worse.length === 0 ? '\nNothing got worse by more than its noise.' : `\n${worse.length} got worse.`,
  )
  return worse.length > 0
}

function built(folder: string): string {
  if (!existsSync(join(folder, 'dist/index.js')))
    throw new Error(`${folder} is not built: npm ci && npm run build in it`)
  return realpathSync(folder)
}

/** Only ours, of either checkout. */
function doubled(workload: Workload, a: string, b: string): Workload {
  const of = (contender: Contender, which: string, root: string): Contender => ({
    ...contender,
    name: `${contender.name} ${which}`,
    command: contender.command.map(argument => moved(argument, root)),
    env: { ...contender.env, HOLDFAST: root },
  })
  return {
    ...workload,
    async contenders(place) {
      const ours = (await workload.contenders(place)).filter(isOurs)
      return ours.flatMap(contender => [of(contender, 'A', a), of(contender, 'B', b)])
    },
  }
}

function isOurs({ name }: Contender): boolean {
  return name.startsWith('holdfast')
}

/** The same path in another checkout; what belongs to bench/ is the same for both. */
function moved(argument: string, root: string): string {
  const ours = argument.startsWith(holdfastRoot) && !argument.startsWith(import.meta.dirname)
  return ours ? root + argument.slice(holdfastRoot.length) : argument
}

function changesOf({ id, metrics, contenders }: WorkloadResult): Change[] {
  return contenders
    .filter(({ name }) => name.endsWith(' A'))
    .flatMap(first => {
      const name = first.name.slice(0, -2)
      const second = contenders.find(contender => contender.name === `${name} B`)
      return metrics.flatMap(metric => {
        const [before, after] = [first.values[metric.key] ?? [], second?.values[metric.key] ?? []]
        if (before.length === 0 || after.length === 0) return []
        const ratios = paired(after, before, (b, a) => b / a)
        const [ratio, range] = [median(ratios), middleOf(ratios)]
        return [
          {
            workload: id,
            contender: name,
            metric: metric.label,
            ratio,
            range,
            verdict: judged(ratio, range, metric.better),
          },
        ]
      })
    })
}

function judged(ratio: number, [low, high]: Change['range'], better: Metric['better']): Change['verdict'] {
  if (Math.abs(ratio - 1) < worthTelling || (low <= 1 && high >= 1)) return ''
  return ratio > 1 === (better === 'more') ? 'better' : 'worse'
}

function row({ workload, contender, metric, ratio, range, verdict }: Change): string[] {
  const name = contender === 'holdfast' ? workload : `${workload}, ${contender}`
  return [name, metric, `${figure(ratio)}x`, range.map(figure).join(' to '), verdict]
}
