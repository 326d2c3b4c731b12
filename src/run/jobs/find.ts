import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { ContainerSummary } from '../../engine/wire.ts'
import { HoldfastError } from '../failure.ts'
import { labels } from '../labels.ts'
import { isFinished, type JobInfo, jobInfo, ownerOf } from './job-info.ts'
import { readLeases } from './lease.ts'
import { isAlive } from './owner.ts'

interface Signal {
  signal?: AbortSignal | undefined
}

/** The containers of runs: all of them, or those that `filters` name. */
export function listContainers(
  engine: Engine,
  { filters, signal }: Signal & { filters?: { id?: string[]; label?: string[] } } = {},
): Promise<ContainerSummary[]> {
  return engine.containers.list({ all: true, filters: { label: [labels.run], ...filters }, signal })
}

/** The container of a job with that key. */
export async function findByKey(
  engine: Engine,
  key: string,
  { signal }: Signal = {},
): Promise<ContainerSummary | undefined> {
  const [found] = await listContainers(engine, { filters: { label: [`${labels.job}=${key}`] }, signal })
  return found
}

/**
 * All jobs, the newest first. One request; two more where the life of an owner can't be known from this host's processes.
 */
export async function listJobs(engine: Engine, { signal }: Signal = {}): Promise<JobInfo[]> {
  const containers = await listContainers(engine, { signal })
  const unsure = containers.some(each => !isFinished({ state: each.State }) && !ownerLivesHere(each))
  const { leases } = unsure ? await readLeases(engine, signal) : { leases: [] }
  return containers.map(each => jobInfo(each, leases))
}

function ownerLivesHere(container: ContainerSummary): boolean {
  const owner = ownerOf(container)
  return owner !== undefined && isAlive(owner) === true
}

/** @param job a key, or a container's id, name or the beginning of its id. */
export async function findJob(
  engine: Engine,
  job: string,
  { signal }: Signal = {},
): Promise<ContainerSummary> {
  const byKey = job === '' ? undefined : await findByKey(engine, job, { signal })
  if (byKey !== undefined) return byKey
  const id = await engine.containers.inspect(job, { signal }).then(
    ({ Id }) => Id,
    error => {
      if (isStatus(error, 404)) return undefined
      throw error
    },
  )
  const [found] = id === undefined ? [] : await listContainers(engine, { filters: { id: [id] }, signal })
  if (found !== undefined) return found
  const what = id
    ? 'is a container that holdfast did not create'
    : 'is neither the key of a job nor a container'
  throw new HoldfastError('usage', `${JSON.stringify(job)} ${what}`, {
    hint: 'List the jobs: `holdfast ps`.',
  })
}
