import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { Signal } from '../../engine/http/http.ts'
import type { Service } from '../../engine/swarm-wire.ts'
import type { ContainerSummary } from '../../engine/wire.ts'
import { borrowEngine } from '../borrow.ts'
import { HoldfastError } from '../failure.ts'
import type { ImageOptions } from '../options.ts'
import type { JobChunk } from '../output/output.ts'
import { findJob, listJobs, NoSuchJob } from './find.ts'
import { isFinished, type JobInfo } from './job-info.ts'
import { type LogOptions, readLog } from './log.ts'
import { readServiceLog, removeServiceJob, waitForService } from './service-jobs.ts'
import { findService } from './services.ts'
import { type SweepOptions, type Swept, sweepJobs } from './sweep.ts'
import { type JobResult, type WaitOptions, waitForJob } from './wait.ts'

/**
 * The jobs of all processes on an Engine. A job is named by its key, or by its container's id, the beginning of it, or
 * its name. A name that no job has is a {@link HoldfastError} of kind `usage`.
 */
export interface Jobs {
  /** The jobs of all processes on the Engine, newest first. */
  list(options?: Signal): Promise<JobInfo[]>
  /**
   * What the job has printed; with `follow` what it prints until its end, too. A lost connection is taken up again at the
   * very byte; at the end it throws where output is known to be missing. Leaving the loop leaves the job alone.
   */
  logs(job: string, options?: LogOptions): AsyncGenerator<JobChunk, void, undefined>
  /** Resolves when the job has ended, with any status. */
  wait(job: string, options?: WaitOptions): Promise<JobResult>
  /**
   * Sends the stop signal, and the kill after `grace` milliseconds. Default: the container's own grace. On a Swarm the service
   * is removed: there is no other way to stop its tasks.
   */
  stop(job: string, options?: Signal & { grace?: number }): Promise<void>
  /** Removes the container of a job with its anonymous volumes; one that has not ended only with `force`. */
  remove(job: string, options?: Signal & { force?: boolean }): Promise<void>
  /**
   * The jobs that dead owners left, and finished ones that are old enough; removes them with `force`. Rejects when the
   * Engine goes away; what was removed by then was given before.
   */
  sweep(options?: SweepOptions): AsyncGenerator<Swept, void, undefined>
}

/**
 * The jobs on an Engine.
 *
 * @param where an {@link Engine}, which is left open, or where it is. Default: as the docker command finds it.
 *
 * @example
 * ```ts
 * for (const { key, state, ownerAlive } of await jobs().list()) console.log(key, state, ownerAlive)
 * ```
 */
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
    logs: (job, options) => iterating(engine => readAnyLog(engine, job, options)),
    wait: (job, options) =>
      withEngine(engine =>
        waitForJob(engine, job, options).catch(async error =>
          waitForService(engine, await serviceInstead(engine, job, error, options), options),
        ),
      ),
    stop: (job, options) => withEngine(engine => stopJob(engine, job, options)),
    remove: (job, options) => withEngine(engine => removeJob(engine, job, options)),
    sweep: options => iterating(engine => sweepJobs(engine, options)),
  }
}

/** The service that is the job where no container is. Throws the error where none is either, or where it means something else. */
async function serviceInstead(
  engine: Engine,
  job: string,
  error: unknown,
  { signal }: Signal = {},
): Promise<Service> {
  const service = error instanceof NoSuchJob ? await findService(engine, job, signal) : undefined
  if (service === undefined) throw error
  return service
}

async function* readAnyLog(
  engine: Engine,
  job: string,
  options?: LogOptions,
): AsyncGenerator<JobChunk, void, undefined> {
  let service: Service
  try {
    return yield* readLog(engine, job, options)
  } catch (error) {
    service = await serviceInstead(engine, job, error, options)
  }
  yield* readServiceLog(engine, service, options)
}

async function stopJob(
  engine: Engine,
  job: string,
  { grace, signal }: Signal & { grace?: number } = {},
): Promise<void> {
  const found = await findEither(engine, job, signal)
  // The way to stop tasks is to remove their service.
  if ('Spec' in found) return removeServiceJob(engine, found, { force: true, signal })
  const seconds = grace === undefined ? {} : { grace: Math.ceil(grace / 1000) }
  await engine.containers.stop(found.Id, { ...seconds, signal })
}

function findEither(
  engine: Engine,
  job: string,
  signal: AbortSignal | undefined,
): Promise<ContainerSummary | Service> {
  return findJob(engine, job, { signal }).catch(error => serviceInstead(engine, job, error, { signal }))
}

async function removeJob(
  engine: Engine,
  job: string,
  { force = false, signal }: Signal & { force?: boolean } = {},
): Promise<void> {
  const found = await findEither(engine, job, signal)
  if ('Spec' in found) return removeServiceJob(engine, found, { force, signal })
  const { Id, State } = found
  if (!force && State !== 'created' && !isFinished({ state: State }))
    throw new HoldfastError('usage', `the job ${job} has not ended`, {
      hint: `Stop it first: \`holdfast stop ${job}\`.`,
    })
  await engine.containers.remove(Id, { force, volumes: true, signal }).catch(error => {
    if (!isStatus(error, 404)) throw error
  })
}
