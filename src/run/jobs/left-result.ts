import type { Engine } from '../../engine/engine.ts'
import type { Emit } from '../events.ts'
import type { RunOptions } from '../options.ts'
import { Capture } from '../output/capture.ts'
import { noResult, resultOf } from '../result.ts'
import { type EngineGrace, within } from '../retry.ts'
import { readLog } from './log.ts'

/** Bytes of stdout that are kept: what a run keeps by default. */
const capture = 1024 * 1024
/** Messages from the end of the log in which the last line is looked for first: to read all of a log may take minutes. */
const lastMessages = 1_000
/** Milliseconds that reading a result file may take. */
const fileLimit = 60_000

/** Where the result of a job is. */
export interface LeftJob {
  engine: Engine
  container: string
  tty: boolean
  grace: EngineGrace
  emit: Emit
  signal: AbortSignal
}

/** The result of a job that has ended, by the option `result` of its run. One that can't be had is null, and a warning. */
export async function leftResult(job: LeftJob, result: RunOptions['result']): Promise<unknown> {
  if (result === undefined) return null
  try {
    if (typeof result === 'object') return await fromFile(job, result.file)
    const fromEnd = result === 'last-line' ? resultOf(result, await endOfStdout(job)) : null
    return fromEnd ?? resultOf(result, await allOfStdout(job))
  } catch (error) {
    job.signal.throwIfAborted()
    job.emit({ type: 'warning', message: noResult(result, error) })
    return null
  }
}

async function fromFile({ engine, container, grace }: LeftJob, file: string): Promise<unknown> {
  const { readResultFile } = await import('../files/result-file.ts')
  return within(fileLimit, signal =>
    grace.untilAnswered(() => readResultFile(engine, container, file, signal), { signal }),
  )
}

async function endOfStdout({ engine, container, tty, signal }: LeftJob): Promise<Capture> {
  const stdout = new Capture(capture)
  const log = await engine.containers.logs(container, { tty, tail: lastMessages, signal })
  for await (const { stream, bytes } of log) if (stream === 'stdout') stdout.add(bytes)
  return stdout
}

async function allOfStdout({ engine, container, emit, signal }: LeftJob): Promise<Capture> {
  const stdout = new Capture(capture)
  for await (const { stream, bytes } of readLog(engine, container, { onEvent: emit, signal }))
    if (stream === 'stdout') stdout.add(bytes)
  return stdout
}
