import { busyCpus } from './machine.ts'
import { measure } from './process.ts'
import type { ContenderResult, WorkloadResult } from './results.ts'
import type { Servers } from './servers.ts'
import { median } from './statistics.ts'
import type { Contender, Place, Workload } from './workload.ts'

export interface RoundOptions {
  /** In place of the workload's own number. */
  rounds?: number | undefined
  /** Who takes part in all of a workload's rounds, and not only in the first ones. Without it everyone does. */
  compared?: ((workload: string) => ReadonlySet<string>) | undefined
  /** Told what is going on. */
  tell(words: string): void
}

/** So many rounds are always had, by everyone. */
const leastRounds = 2

/** Measures all contenders of a workload in turns: A B C, A B C. What disturbs one of them for a while disturbs all. */
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
    options.tell(`${id}: making ready`)
    const socket = await servers.socket(kind)
    const here: Place = {
      ...place,
      socket,
      stub: () => servers.socket('stub'),
      defer: (end: () => Promise<void>) => stack.defer(end),
    }
    const entries = (await workload.contenders(here)).map(contender => new Entry(contender))
    const busy = await rounds(workload, entries, here, options)
    const took = (performance.now() - begun) / 1000
    return { ...result, contenders: entries.map(entry => entry.result), busy, took }
  } catch (error) {
    // One that can't be run is no reason to lose the others.
    return { ...result, server: { kind, lacks: oneLine(error) } }
  }
}

async function rounds(
  { id, metrics, cold = false, rounds: own, enough = 15 }: Workload,
  entries: readonly Entry[],
  place: Place,
  { rounds: wanted, compared, tell }: RoundOptions,
): Promise<number> {
  const rounds = wanted ?? own
  const busy: number[] = []
  const begun = performance.now()
  const lasting = wanted === undefined ? compared?.(id) : undefined
  for (let round = cold ? 1 : 0; round <= rounds; round++) {
    if (wanted === undefined && round > leastRounds && performance.now() - begun > enough * 1000) break
    busy.push(await busyCpus(300))
    for (const entry of entries) {
      if (!entry.takesPart(round)) continue
      if (round > leastRounds && lasting?.has(entry.result.name) === false) continue
      tell(`${id}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${entry.result.name}`)
      await entry.measure(place, metrics, round > 0)
    }
  }
  return median(busy)
}

function oneLine(error: unknown): string {
  return error instanceof Error ? error.message.trim().replaceAll(/\s*\n\s*/g, '; ') : String(error)
}

/** A contender and what it has given so far. */
class Entry {
  readonly #contender: Contender
  readonly result: ContenderResult

  constructor(contender: Contender) {
    const { name, lacks, rounds } = contender
    const note = [contender.note, rounds === 1 && 'measured once'].filter(Boolean).join('; ')
    this.#contender = contender
    this.result = { name, ...(note && { note }), ...(lacks && { skipped: lacks }), values: {} }
  }

  takesPart(round: number): boolean {
    const { rounds } = this.#contender
    return this.result.skipped === undefined && (rounds === undefined || (round > 0 && round <= rounds))
  }

  /** One that fails is out: what it gave so far was of other work. */
  async measure(place: Place, metrics: Workload['metrics'], counts: boolean): Promise<void> {
    const { values } = this.result
    try {
      const sample = await measure(this.#contender, place)
      for (const { key, of } of counts ? metrics : []) {
        const value = of(sample)
        if (value !== undefined && !Number.isNaN(value)) values[key] = [...(values[key] ?? []), value]
      }
    } catch (error) {
      this.result.skipped = `failed: ${oneLine(error)}`
      this.result.values = {}
    }
  }
}
