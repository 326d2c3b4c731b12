import type { Engine } from '../../engine/engine.ts'
import { EngineError, isStatus } from '../../engine/error.ts'
import { HoldfastError, toFailure } from '../failure.ts'
import { mapLimit } from '../map-limit.ts'
import { isUnanswered } from '../retry.ts'
import { removeService } from '../swarm/remove.ts'
import { listContainers } from './find.ts'
import { ownerIsAlive } from './followers.ts'
import { isFinished, type JobInfo, jobInfo } from './job-info.ts'
import { engineTime, readLeases, removeLease, type SeenLease } from './lease.ts'
import { endOfTasks, listServices, serviceInfo, withTasks } from './services.ts'

/** Which jobs a sweep takes, and whether it removes them. */
export interface SweepOptions {
  /** Take finished jobs too that ended so many milliseconds ago. Default: none. */
  older?: number | undefined
  /** Remove them. Default false: only say which they are. */
  force?: boolean | undefined
  /** Ends the sweep; what was removed stays removed. */
  signal?: AbortSignal | undefined
}

/** A job that a sweep takes. */
export interface Swept {
  /** The job. */
  job: JobInfo
  /** `orphaned`: its owner has died before its end, or before it could remove it. */
  why: 'orphaned' | 'finished'
  /** Its container has been removed. */
  removed: boolean
  /** Why the Engine did not remove it. */
  error?: string
}

/** How many requests a sweep makes at once. */
const atOnce = 8

interface OldEnough extends Pick<SweepOptions, 'older'> {
  /** By the Engine's clock, in milliseconds since 1970. */
  now: number
  /** When the tasks of services ended, by the same clock. */
  ends: ReadonlyMap<string, number>
  signal: AbortSignal
}

/**
 * What dead owners left, and finished jobs that are old enough. Rejects when the Engine goes away; what has been removed by
 * then was given before.
 */
export async function* sweepJobs(
  engine: Engine,
  { older, force = false, signal }: SweepOptions = {},
): AsyncGenerator<Swept, void, undefined> {
  const stop = new AbortController()
  const ending = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const [containers, services] = await Promise.all([
    listContainers(engine, { signal: ending }),
    listServices(engine, { signal: ending }).then(found => withTasks(engine, found, ending)),
  ])
  const ends = new Map(services.map(({ service, tasks }) => [service.ID, endOfTasks(tasks)]))
  // After the containers: a process that has adopted one of them shows in the leases.
  const [now, leases] = await Promise.all([engineTime(engine, ending), readLeases(engine, ending)])
  const sweepOne = async (job: JobInfo): Promise<Swept | undefined> => {
    ending.throwIfAborted()
    const orphaned = isOrphaned(job)
    if (!orphaned && !(await isOld(engine, job, { now, older, ends, signal: ending }))) return undefined
    const why = orphaned ? 'orphaned' : 'finished'
    return { job, why, ...(force ? await remove(engine, job, ending) : { removed: false }) }
  }
  const work = mapLimit(
    [...containers.map(each => jobInfo(each, leases)), ...services.map(each => serviceInfo(each, leases))],
    atOnce,
    sweepOne,
  )
  for (const each of work) each.catch(() => undefined)
  let failed = false
  try {
    for (const each of work) {
      const swept = await each
      if (swept === undefined) continue
      failed ||= force && !swept.removed
      yield swept
    }
    if (force && !failed) await removeDeadLeases(engine, leases, ending)
  } catch (error) {
    signal?.throwIfAborted()
    throw isUnanswered(error) ? cutShort(error) : error
  } finally {
    stop.abort()
    await Promise.allSettled(work)
  }
}

/** Whether its dead owner would have stopped it, or removed it. A finished job with a key keeps its outcome for a later run. */
function isOrphaned(job: JobInfo): boolean {
  const { key, state, exitCode, ownerAlive, detached, remove } = job
  if (ownerAlive !== false) return false
  if (state === 'created') return true
  if (!isFinished(job)) return !detached
  return key === null && (remove === 'always' || (remove === 'success' && exitCode === 0))
}

async function isOld(
  engine: Engine,
  job: JobInfo,
  { now, older, ends, signal }: OldEnough,
): Promise<boolean> {
  if (older === undefined || !isFinished(job) || now - Date.parse(job.created) < older) return false
  if (job.swarm) return now - (ends.get(job.container) ?? now) >= older
  // Only an inspection says when a container ended. One that is gone is not old.
  const inspected = await engine.containers.inspect(job.container, { signal }).catch(error => {
    if (!isStatus(error, 404)) throw error
  })
  return inspected !== undefined && now - Date.parse(inspected.State.FinishedAt) >= older
}

async function remove(
  engine: Engine,
  job: JobInfo,
  signal: AbortSignal,
): Promise<Pick<Swept, 'removed' | 'error'>> {
  // Without force: one that has been started meanwhile stays.
  const force = !isFinished(job) && job.state !== 'created'
  try {
    if (job.swarm) await removeService(engine, job.container, signal)
    else await engine.containers.remove(job.container, { force, volumes: true, signal })
  } catch (error) {
    const unanswered: boolean = isUnanswered(error)
    if (unanswered || !(error instanceof EngineError)) throw error
    if (!isGone(error)) return { removed: false, error: error.message }
  }
  return { removed: true }
}

function isGone({ status, engineMessage = '' }: EngineError): boolean {
  return status === 404 || (status === 409 && /removal .* already in progress/i.test(engineMessage))
}

async function removeDeadLeases(
  engine: Engine,
  leases: readonly SeenLease[],
  signal: AbortSignal,
): Promise<void> {
  const dead = leases.filter(({ owner }) => ownerIsAlive(owner, leases) === false)
  await Promise.all(mapLimit(dead, atOnce, ({ volume }) => removeLease(engine, volume, signal)))
}

function cutShort(error: EngineError): HoldfastError {
  const { kind, message, engineMessage } = toFailure(error)
  const hint = 'What was removed is listed. Run it again when the Engine is back.'
  return new HoldfastError(kind, `the sweep was cut short: ${message}`, { engineMessage, hint, cause: error })
}
