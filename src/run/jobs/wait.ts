import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { ContainerState } from '../../engine/wire.ts'
import { followExit } from '../container/wait.ts'
import type { Emit } from '../events.ts'
import { EngineGrace, pauseFor } from '../retry.ts'
import { findJob } from './find.ts'

/** How a job ended. */
export interface JobResult {
  /** The container's id. */
  container: string
  /** The container's exit status. */
  exitCode: number
  /** The kernel killed a process of the container for want of memory. */
  oomKilled: boolean
  /** What the Engine reports of an end that was not the job's own; null where it reports nothing. */
  error: string | null
  /** In ISO 8601, by the Engine's clock; null when the container was removed before it could be inspected. */
  startedAt: string | null
  finishedAt: string | null
}

/** Milliseconds between two inspections of a container that has yet to start. */
const lookAgain = 500

/** Resolves when the job has ended. A lost connection is taken up again within the grace of a run. */
export async function waitForJob(
  engine: Engine,
  job: string,
  { emit, signal }: { emit: Emit; signal: AbortSignal },
): Promise<JobResult> {
  const grace = new EngineGrace(emit)
  const { Id: id } = await grace.untilAnswered(() => findJob(engine, job, { signal }), { signal })
  const inspect = () => grace.untilAnswered(() => engine.containers.inspect(id, { signal }), { signal })
  // Of a container that was never started a wait would say at once that it does not run.
  while ((await inspect()).State.Status === 'created') await pauseFor(lookAgain, signal)
  const exitCode = await followExit({ engine, grace }, id, undefined, signal)
  const state = await inspect().then(
    ({ State }) => State,
    error => {
      if (isStatus(error, 404)) return undefined
      throw error
    },
  )
  return result(id, exitCode, state)
}

function result(container: string, exitCode: number, state: ContainerState | undefined): JobResult {
  const { OOMKilled = false, Error: error = '', StartedAt = null, FinishedAt = null } = state ?? {}
  const times = { startedAt: StartedAt, finishedAt: FinishedAt }
  return { container, exitCode, oomKilled: OOMKilled, error: error === '' ? null : error, ...times }
}
