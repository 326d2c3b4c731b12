import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import { borrowEngine } from '../borrow.ts'
import type { RunEvent } from '../events.ts'
import { asRefusal, HoldfastError } from '../failure.ts'
import type { ImageOptions } from '../options.ts'
import type { JobChunk } from '../output/output.ts'
import { pauseFor } from '../retry.ts'
import { findJob, listJobs } from './find.ts'
import { isFinished, type JobInfo } from './job-info.ts'
import { type SweepOptions, type Swept, sweepJobs } from './sweep.ts'
import { type JobResult, waitForJob } from './wait.ts'

interface Signal {
  signal?: AbortSignal | undefined
}

/**
 * The jobs on an Engine, of whatever process. A job is named by its key, or by its container's id, the beginning of it, or
 * its name. A name that no job has is a {@link HoldfastError} of kind `usage`.
 */
export interface Jobs {
  list(options?: Signal): Promise<JobInfo[]>
  /** What the job has printed; with `follow` what it prints until its end, too. Leaving the loop leaves the job alone. */
  logs(job: string, options?: Signal & { follow?: boolean }): AsyncGenerator<JobChunk, void, undefined>
  /** Resolves when the job has ended, with any status. `onEvent` hears of an Engine that is away. */
  wait(job: string, options?: Signal & { onEvent?: (event: RunEvent) => void }): Promise<JobResult>
  /** Sends the stop signal, and the kill after `grace` milliseconds. Default: the container's own grace. */
  stop(job: string, options?: Signal & { grace?: number }): Promise<void>
  /** Removes the container of a job with its anonymous volumes; one that has not ended only with `force`. */
  remove(job: string, options?: Signal & { force?: boolean }): Promise<void>
  /**
   * The jobs that dead owners left, and finished ones that are old enough; removes them with `force`. Rejects when the
   * Engine goes away; what was removed by then was given before.
   */
  sweep(options?: SweepOptions): AsyncGenerator<Swept, void, undefined>
}

/** @param where an {@link Engine}, which is left open, or where it is. Default: as the docker command finds it. */
export function jobs(where?: ImageOptions['engine']): Jobs {
  const withEngine = async <T>(work: (engine: Engine) => Promise<T>): Promise<T> => {
    const { engine, release } = borrowEngine({ engine: where })
    return work(engine).finally(release)
  }
  async function* iterating<T>(work: (engine: Engine) => AsyncGenerator<T, void, undefined>) {
    const { engine, release } = borrowEngine({ engine: where })
    try {
      yield* work(engine)
    } finally {
      await release()
    }
  }
  return {
    list: options => withEngine(engine => listJobs(engine, options)),
    logs: (job, options) => iterating(engine => readLog(engine, job, options)),
    wait: (job, { signal = new AbortController().signal, onEvent = () => undefined } = {}) =>
      withEngine(engine => waitForJob(engine, job, { signal, emit: onEvent })),
    stop: (job, options) => withEngine(engine => stopJob(engine, job, options)),
    remove: (job, options) => withEngine(engine => removeJob(engine, job, options)),
    sweep: options => iterating(engine => sweepJobs(engine, options)),
  }
}

/** Milliseconds between two inspections of a container that has yet to start. */
const lookAgain = 500

async function* readLog(
  engine: Engine,
  job: string,
  { follow = false, signal }: Signal & { follow?: boolean } = {},
): AsyncGenerator<JobChunk, void, undefined> {
  const { Id: id } = await findJob(engine, job, { signal })
  const inspect = () => engine.containers.inspect(id, { signal })
  let { State, Config } = await inspect()
  // The log of a container that has yet to start ends at once.
  while (follow && State.Status === 'created') {
    await pauseFor(lookAgain, signal)
    ;({ State, Config } = await inspect())
  }
  const log = await engine.containers.logs(id, { tty: Config.Tty, follow, signal }).catch(error => {
    throw asRefusal(error, 'engine-error', `the output of ${job} can't be read`)
  })
  for await (const { stream, bytes } of log) {
    if (stream === 'systemerr')
      throw new HoldfastError('engine-error', `the Engine lost the output: ${textOf(bytes)}`)
    yield { stream, bytes }
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').trim()
}

async function stopJob(
  engine: Engine,
  job: string,
  { grace, signal }: Signal & { grace?: number } = {},
): Promise<void> {
  const { Id } = await findJob(engine, job, { signal })
  const seconds = grace === undefined ? {} : { grace: Math.ceil(grace / 1000) }
  await engine.containers.stop(Id, { ...seconds, signal })
}

async function removeJob(
  engine: Engine,
  job: string,
  { force = false, signal }: Signal & { force?: boolean } = {},
): Promise<void> {
  const { Id, State } = await findJob(engine, job, { signal })
  if (!force && State !== 'created' && !isFinished({ state: State }))
    throw new HoldfastError('usage', `the job ${job} has not ended`, {
      hint: `Stop it first: \`holdfast stop ${job}\`.`,
    })
  await engine.containers.remove(Id, { force, volumes: true, signal }).catch(error => {
    if (!isStatus(error, 404)) throw error
  })
}
