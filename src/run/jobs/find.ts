import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { Signal } from '../../engine/http/http.ts'
import type { ContainerSummary } from '../../engine/wire.ts'
import { HoldfastError } from '../failure.ts'
import { labels } from '../labels.ts'
import { isFinished, type JobInfo, jobInfo, ownerOf } from './job-info.ts'
import { readLeases } from './lease.ts'
import { isAlive } from './owner.ts'
import { listServices, serviceInfo, withTasks } from './services.ts'

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
 * All jobs, the newest first: two requests; one more where there are services of a Swarm, and one where the life of an owner
 * can't be known from this host's processes, with another one where there are leases.
 */
export async function listJobs(engine: Engine, { signal }: Signal = {}): Promise<JobInfo[]> {
  const [containers, services] = await Promise.all([
    listContainers(engine, { signal }),
    listServices(engine, { signal }).then(found => withTasks(engine, found, signal)),
  ])
  const going = containers.filter(each => !isFinished({ state: each.State }))
  const owned = [...going, ...services.map(({ service }) => ({ Labels: service.Spec.Labels ?? {} }))]
  const unsure = owned.some(each => !ownerLivesHere(each))
  const leases = unsure ? await readLeases(engine, signal) : []
  const jobs = [
    ...containers.map(each => jobInfo(each, leases)),
    ...services.map(each => serviceInfo(each, leases)),
  ]
  return services.length === 0 ? jobs : jobs.sort((a, b) => Date.parse(b.created) - Date.parse(a.created))
}

function ownerLivesHere(container: Pick<ContainerSummary, 'Labels'>): boolean {
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
  throw new NoSuchJob(`${JSON.stringify(job)} ${what}`)
}

/** No container is that job. */
export class NoSuchJob extends HoldfastError {
  constructor(message: string) {
    super('usage', message, { hint: 'List the jobs: `holdfast ps`.' })
  }
}
