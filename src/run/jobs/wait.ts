import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { ContainerState } from '../../engine/wire.ts'
import { followExit } from '../container/wait.ts'
import { endedAway, statusLost, unknownStatus } from '../engine-away.ts'
import { timeOf } from '../engine-time.ts'
import type { Emit } from '../events.ts'
import { EngineGrace, pauseFor, within } from '../retry.ts'
import { findJob } from './find.ts'
import { leftOptions } from './left-options.ts'
import { leftResult } from './left-result.ts'
import { readLog } from './log.ts'

/** How a job ended. */
export interface JobResult {
  /** The container's id. */
  container: string
  /** `ok` with status 0, `skipped` with one of the `skipExitCodes` of the run that created the job, else `exit`. */
  kind: 'ok' | 'skipped' | 'exit'
  /** The container's exit status. */
  exitCode: number
  /** The kernel killed a process of the container for want of memory. */
  oomKilled: boolean
  /** What the Engine reports of an end that was not the job's own; null where it reports nothing. */
  error: string | null
  /** In ISO 8601, by the Engine's clock; null when the container was removed before it could be inspected. */
  startedAt: string | null
  /** The same of the end. */
  finishedAt: string | null
  /** What the option `result` of the run that created the job asks for; null without it, and where it can't be had. */
  result: unknown
}

/** How to wait for a job. */
export interface WaitOptions {
  /** Milliseconds that an Engine which has answered before may stay away. Default 120,000. */
  engineGrace?: number | undefined
  /** Called when the Engine is away, and where a result can't be read. */
  onEvent?: Emit | undefined
  /** Ends the wait, not the job. */
  signal?: AbortSignal | undefined
}

/** Milliseconds between two inspections of a container that has yet to start. */
const pollInterval = 500
/** Milliseconds that reading a result file may take. */
const fileLimit = 60_000

/** Resolves when the job has ended. A lost connection is taken up again within the grace of a run. */
export async function waitForJob(
  engine: Engine,
  job: string,
  { engineGrace, onEvent: emit = () => undefined, signal = new AbortController().signal }: WaitOptions = {},
): Promise<JobResult> {
  const grace = new EngineGrace(emit, engineGrace)
  const { Id: id } = await grace.untilAnswered(() => findJob(engine, job, { signal }), { signal })
  const inspect = () => grace.untilAnswered(() => engine.containers.inspect(id, { signal }), { signal })
  let { State, Config } = await inspect()
  // Of a container that was never started a wait would say at once that it does not run.
  while (State.Status === 'created') {
    await pauseFor(pollInterval, signal)
    ;({ State, Config } = await inspect())
  }
  const exitCode = await followExit({ engine, grace }, id, undefined, signal)
  const state = await inspect().then(
    ({ State }) => State,
    error => {
      if (isStatus(error, 404)) return undefined
      throw error
    },
  )
  const ended = { finishedAt: timeOf(state?.FinishedAt) }
  if (exitCode === unknownStatus && endedAway(ended, grace)) throw statusLost()
  const { skipExitCodes, result } = leftOptions(Config.Labels)
  const kind = exitCode === 0 ? 'ok' : skipExitCodes.includes(exitCode) ? 'skipped' : 'exit'
  const left = {
    output: (tail?: number) =>
      tail === undefined
        ? readLog(engine, id, { onEvent: emit, signal })
        : endOfLog(engine, id, { tty: Config.Tty, tail, signal }),
    file: (path: string) => resultFile({ engine, grace }, id, path),
    emit,
    signal,
  }
  return { container: id, kind, exitCode, ...endOf(state), result: await leftResult(left, result) }
}

async function* endOfLog(
  engine: Engine,
  id: string,
  options: { tty: boolean; tail: number; signal: AbortSignal },
): AsyncGenerator<OutputChunk, void, undefined> {
  yield* await engine.containers.logs(id, options)
}

async function resultFile(
  { engine, grace }: { engine: Engine; grace: EngineGrace },
  id: string,
  path: string,
): Promise<unknown> {
  const { readResultFile } = await import('../files/result-file.ts')
  const read = (signal: AbortSignal) => readResultFile(engine, id, path, signal)
  return within(fileLimit, signal => grace.untilAnswered(() => read(signal), { signal }))
}

function endOf(
  state: ContainerState | undefined,
): Pick<JobResult, 'oomKilled' | 'error' | 'startedAt' | 'finishedAt'> {
  const { OOMKilled = false, Error: error = '', StartedAt = null, FinishedAt = null } = state ?? {}
  const times = { startedAt: StartedAt, finishedAt: FinishedAt }
  return { oomKilled: OOMKilled, error: error === '' ? null : error, ...times }
}
