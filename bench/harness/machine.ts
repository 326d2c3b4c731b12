import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** The machine and the versions of a run. */
export interface MachineFacts {
  date: string
  cpu: string
  cores: number
  /** Bytes. */
  memory: number
  kernel: string
  node: string
  /** The load average over a minute, before the run. */
  load: number
  /** CPUs that other processes kept busy before the run. */
  busy: number
  /** By contender's name. */
  versions: Record<string, string>
  /** Where the Engine keeps its data. */
  engineDisk: string
}

export async function machineFacts(
  more: Pick<MachineFacts, 'versions' | 'engineDisk'>,
): Promise<MachineFacts> {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    kernel: release(),
    node: process.version,
    load: loadavg()[0] ?? 0,
    busy: await busyCpus(1_000),
    ...more,
  }
}

/** How many CPUs other processes keep busy, measured while this one waits for so many milliseconds. */
export async function busyCpus(ms: number): Promise<number> {
  const before = ticks()
  await delay(ms)
  const after = ticks()
  const total = after.total - before.total
  return total === 0 ? 0 : (1 - (after.idle - before.idle) / total) * cpus().length
}

function ticks(): { idle: number; total: number } {
  const all = cpus().map(({ times }) => times)
  const idle = all.reduce((sum, { idle }) => sum + idle, 0)
  return { idle, total: all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) }
}

/** The first line of what a program prints as its version. */
export function versionOf(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0]
  } catch {
    return undefined
  }
}

/** A package's version, by its folder. */
export function packageVersion(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).version
  } catch {
    return undefined
  }
}
