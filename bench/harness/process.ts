import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { launcher } from './compiler.ts'
import { atEnd } from './ending.ts'
import type { Contender, Place, Sample } from './workload.ts'

/** Milliseconds after which a process counts as hung: no piece of work takes that long. */
const patience = 180_000

/** Runs a contender's process once, by itself, and gives what it told and took. */
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
  const [program = '', ...rest] = [...(await launcher(file)), ...command, ...args]
  const child = spawn(program, rest, {
    // What the docker command prints is the job's output, and nobody's.
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
  return { ...given, ...taken(file), ...told(said) }
}

/** A process's status; null when it was killed, as it and all that it started is when it hangs, or when we end. */
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

/** The line that says what was wrong; a stack trace has it in its middle. */
function complaint(text: string): string | undefined {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return (lines.find(line => /^\S*Error\b/.test(line)) ?? lines.at(-1))?.trim()
}

async function whole(stream: Readable | null): Promise<string> {
  return stream === null ? '' : text(stream)
}

// Nothing where there is neither a compiler nor Python: then a process tells what it can itself.
function taken(file: string): Sample {
  if (!existsSync(file)) return {}
  try {
    const { wall, cpu, peak } = JSON.parse(readFileSync(file, 'utf8'))
    return { wall, processCpu: cpu, peak }
  } finally {
    rmSync(file, { force: true })
  }
}

// What a command prints is its own affair, unless it is for us.
function told(output: string): Sample {
  const last = output.trim().split('\n').at(-1) ?? ''
  return last.startsWith('{') ? JSON.parse(last) : {}
}
