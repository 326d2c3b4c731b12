import type { Emit } from '../events.ts'
import type { RunOptions } from '../options.ts'
import { Capture } from '../output/capture.ts'
import type { JobChunk } from '../output/output.ts'
import { noResult, resultOf } from '../result.ts'

/** Bytes of stdout that are kept: what a run keeps by default. */
const capture = 1024 * 1024
/** Messages from the end of the log in which the last line is looked for first: to read all of a log may take minutes. */
const lastMessages = 1_000

/** Where the result of a job is. */
export interface LeftJob {
  /** All that it has printed, or so many messages from the end. */
  output(tail?: number): AsyncIterable<Pick<JobChunk, 'bytes'> & { stream: string }>
  /** What is in a file of it. */
  file(path: string): Promise<unknown>
  emit: Emit
  signal: AbortSignal
}

/** The result of a job that has ended, by the option `result` of its run. One that can't be had is null, and a warning. */
export async function leftResult(job: LeftJob, result: RunOptions['result']): Promise<unknown> {
  if (result === undefined) return null
  try {
    if (typeof result === 'object') return await job.file(result.file)
    const fromEnd = result === 'last-line' ? resultOf(result, await stdoutOf(job.output(lastMessages))) : null
    return fromEnd ?? resultOf(result, await stdoutOf(job.output()))
  } catch (error) {
    job.signal.throwIfAborted()
    job.emit({ type: 'warning', message: noResult(result, error) })
    return null
  }
}

async function stdoutOf(output: ReturnType<LeftJob['output']>): Promise<Capture> {
  const stdout = new Capture(capture)
  for await (const { stream, bytes } of output) if (stream === 'stdout') stdout.add(bytes)
  return stdout
}
