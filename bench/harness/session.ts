import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { holdfastRoot } from './checkout.ts'
import { atEnd } from './ending.ts'
import { machineFacts } from './machine.ts'
import type { Results, WorkloadResult } from './results.ts'
import { runWorkload } from './rounds.ts'
import { engineDisk, Servers } from './servers.ts'
import { versions } from './versions.ts'
import type { Workload } from './workload.ts'

export interface SessionOptions {
  /** Tiny sizes and one round: shows that it works, not how fast. */
  quick: boolean
  rounds?: number | undefined
  showStatus(words: string): void
  /** Called with each workload's result as soon as it is complete. */
  show(result: WorkloadResult): void
}

const quickScale = 0.05
const latest = join(import.meta.dirname, '../results/latest.json')

/** Runs workloads one after the other. */
export async function runAll(chosen: readonly Workload[], options: SessionOptions): Promise<Results> {
  const { quick, rounds = quick ? 1 : undefined, showStatus, show } = options
  if (!existsSync(join(holdfastRoot, 'dist/index.js')))
    throw new Error(`${holdfastRoot} is not built: npm run build`)
  const machine = await machineFacts({ versions: versions(), engineDisk })
  const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-bench-'))
  atEnd(() => rmSync(scratch, { recursive: true, force: true }))
  await using servers = new Servers(scratch)
  const results: WorkloadResult[] = []
  for (const workload of chosen) {
    const place = { scratch, scale: quick ? quickScale : 1 }
    const result = await runWorkload(workload, place, servers, { rounds, showStatus })
    results.push(result)
    show(result)
  }
  return { machine, quick, workloads: results }
}

/** Keeps results for `readResults`. */
export function keepResults(results: Results): void {
  mkdirSync(dirname(latest), { recursive: true })
  writeFileSync(latest, `${JSON.stringify(results, null, 1)}\n`)
}

/** The results of the last run. */
export function readResults(): Results {
  if (!existsSync(latest)) throw new Error('there are no results yet: npm run bench')
  return JSON.parse(readFileSync(latest, 'utf8'))
}
