import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pythonProgram } from './at-hand.ts'
import { atEnd } from './ending.ts'
import type { Contender, Place, Sample } from './workload.ts'

/** Milliseconds after which a process counts as hung: no piece of work takes that long. */
const patience = 180_000
const launcher = join(import.meta.dirname, 'measure.py')

/** Runs a contender's process once, by itself, and gives what it reported and what it took. */
export async function measure(contender: Contender, { scratch }: Place): Promise<Sample> {
  const prepared = await contender.prepare?.()
  try {
    return await launch(contender, prepared?.args ?? [], join(scratch, 'measured.json'))
  } finally {
    await prepared?.clean()
  }
}

async function launch(
  { command, env, given }: Contender,
  args: readonly string[],
  file: string,
): Promise<Sample> {
  if (pythonProgram === undefined) throw new Error('processes are measured by python3, which is missing')
  const child = spawn(pythonProgram, [launcher, file, ...command, ...args], {
    // What the docker command prints is the job's output, which is not read.
    stdio: ['ignore', command[0] === 'docker' ? 'ignore' : 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  })
  const [said, complaints, status] = await Promise.all([
    whole(child.stdout),
    whole(child.stderr),
    ended(child),
  ])
  if (status !== 0) throw new Error(complaint(complaints) ?? `ended with ${status ?? 'SIGKILL: it hung'}`)
  return { ...given, ...taken(file), ...reported(said) }
}

/** A process's status, or null when it was killed. A process that hangs is killed with all that it started. */
async function ended(child: ChildProcess): Promise<number | null> {
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const callOff = atEnd(kill)
  const timer = setTimeout(kill, patience)
  try {
    const [status] = await once(child, 'exit')
    return status
  } finally {
    clearTimeout(timer)
    callOff()
  }
}

/** The line that names the error; in a stack trace it is not the first or the last. */
function complaint(text: string): string | undefined {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return (lines.find(line => /^\S*Error\b/.test(line)) ?? lines.at(-1))?.trim()
}

async function whole(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream)
}

function taken(file: string): Sample {
  try {
    const { wall, cpu, peak } = JSON.parse(readFileSync(file, 'utf8'))
    return { wall, processCpu: cpu, peak }
  } finally {
    rmSync(file, { force: true })
  }
}

// A command such as curl may print something else.
function reported(output: string): Sample {
  const last = output.trim().split('\n').at(-1) ?? ''
  return last.startsWith('{') ? JSON.parse(last) : {}
}
