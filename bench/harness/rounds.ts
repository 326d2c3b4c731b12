import { busyCpus } from './machine.ts'
import { measure } from './process.ts'
import type { ContenderResult, WorkloadResult } from './results.ts'
import type { Servers } from './servers.ts'
import { median } from './statistics.ts'
import type { Contender, Place, Workload } from './workload.ts'

export interface RoundOptions {
  /** In place of the workload's own number and its limit of time. */
  rounds?: number | undefined
  /** Called with what is going on. */
  showStatus(words: string): void
}

const leastRounds = 2

/** Measures all contenders of a workload in turns, A B C, A B C, so that a disturbance hits all of them. */
export async function runWorkload(
  workload: Workload,
  place: Pick<Place, 'scratch' | 'scale'>,
  servers: Servers,
  options: RoundOptions,
): Promise<WorkloadResult> {
  const { id, title, about, metrics, server: kind } = workload
  const plain = metrics.map(({ of: _, ...metric }) => metric)
  const result = { id, title, about, metrics: plain, server: { kind }, contenders: [], busy: 0, took: 0 }
  const begun = performance.now()
  await using stack = new AsyncDisposableStack()
  try {
    options.showStatus(`${id}: preparing`)
    const socket = await servers.socket(kind)
    const here: Place = { ...place, socket, defer: end => stack.defer(end) }
    const entries = (await workload.contenders(here)).map(contender => new Entry(contender))
    const busy = await rounds(workload, entries, here, options)
    const took = (performance.now() - begun) / 1000
    return { ...result, contenders: entries.map(entry => entry.result), busy, took }
  } catch (error) {
    // One workload that cannot run does not lose the others.
    return { ...result, server: { kind, lacks: oneLine(error) } }
  }
}

async function rounds(
  { id, metrics, rounds: own, seconds = 15 }: Workload,
  entries: readonly Entry[],
  place: Place,
  { rounds: wanted, showStatus }: RoundOptions,
): Promise<number> {
  const rounds = wanted ?? own
  const busy: number[] = []
  const begun = performance.now()
  for (let round = 1; round <= rounds; round++) {
    if (wanted === undefined && round > leastRounds && performance.now() - begun > seconds * 1000) break
    busy.push(await busyCpus(300))
    for (const entry of entries) {
      if (entry.result.skipped !== undefined) continue
      showStatus(`${id}: round ${round} of ${rounds}, ${entry.result.name}`)
      await entry.measure(place, metrics)
    }
  }
  return median(busy)
}

function oneLine(error: unknown): string {
  return error instanceof Error ? error.message.trim().replaceAll(/\s*\n\s*/g, '; ') : String(error)
}

/** A contender and its values so far. */
class Entry {
  readonly #contender: Contender
  readonly result: ContenderResult

  constructor(contender: Contender) {
    const { name, lacks, note } = contender
    this.#contender = contender
    this.result = { name, ...(note && { note }), ...(lacks && { skipped: lacks }), values: {} }
  }

  /** A contender that fails once is out: its earlier values were of other work. */
  async measure(place: Place, metrics: Workload['metrics']): Promise<void> {
    const { values } = this.result
    try {
      const sample = await measure(this.#contender, place)
      for (const { key, of } of metrics) {
        const value = of(sample)
        if (value !== undefined && !Number.isNaN(value)) values[key] = [...(values[key] ?? []), value]
      }
    } catch (error) {
      this.result.skipped = `failed: ${oneLine(error)}`
      this.result.values = {}
    }
  }
}
