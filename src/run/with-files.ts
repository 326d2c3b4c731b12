import type { Execution } from './execution.ts'
import type { HoldfastError } from './failure.ts'
import type { Files } from './files/files.ts'
import type { RunOptions } from './options.ts'
import type { Run } from './run-state.ts'

/** The copies of a run; undefined where it has none, and the code for them is not loaded. */
export async function openFiles(options: RunOptions): Promise<Files | undefined> {
  const { copyIn = [], copyOut = [] } = options
  if (copyIn.length + copyOut.length === 0) return undefined
  const { Files } = await import('./files/files.ts')
  return Files.open(options)
}

/** Copies files in, follows the job, and copies files out, however it ended. A job that failed keeps its own failure. */
export async function withFiles(
  run: Run,
  execution: Execution,
  files: Files,
  follow: () => Promise<void>,
): Promise<void> {
  const warn = ({ message }: HoldfastError) => run.emit({ type: 'warning', message })
  try {
    await copyFilesIn(run, execution, files)
    await follow()
  } catch (error) {
    if (hasEnded(run)) for (const failure of await copyFilesOut(run, execution, files)) warn(failure)
    throw error
  }
  const [failure, ...others] = await copyFilesOut(run, execution, files)
  for (const other of others) warn(other)
  if (failure !== undefined) throw failure
}

/** Copies files in before the start. A container that another run has started has them, or has been without them. */
export async function copyFilesIn(run: Run, execution: Execution, files: Files | undefined): Promise<void> {
  const { engine, emit, grace, signal, options } = run
  if (files === undefined) return
  if (options.job !== undefined && (await execution.state(signal)).phase !== 'created') return
  const retry = <T>(work: () => Promise<T>) => grace.untilAnswered(work, { signal })
  await files.copyIn({ engine, container: execution.id, emit, retry, signal })
}

function hasEnded({ record, signal }: Run): boolean {
  return record.mayRun && (record.exitCode !== null || signal.aborted)
}

async function copyFilesOut(run: Run, execution: Execution, files: Files): Promise<HoldfastError[]> {
  const { engine, emit, grace, options } = run
  // The time limit of the run does not count here; its caller may still cancel.
  const signal = options.signal?.aborted ? undefined : options.signal
  const retry = <T>(work: () => Promise<T>) => grace.untilAnswered(work, { signal })
  return files.copyOut({ engine, container: execution.id, emit, retry, ...(signal && { signal }) })
}
