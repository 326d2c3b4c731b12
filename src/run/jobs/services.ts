import type { Engine } from '../../engine/engine.ts'
import { EngineError } from '../../engine/error.ts'
import type { Signal } from '../../engine/http/http.ts'
import type { Service, Task } from '../../engine/swarm-wire.ts'
import { labels } from '../labels.ts'
import { firstOfEachSlot } from '../swarm/first-tasks.ts'
import { hasEnded, taskFacts, verdictOf, wantedOf } from '../swarm/verdict.ts'
import { type JobInfo, ofLabels } from './job-info.ts'
import type { SeenLease } from './lease.ts'

/** A service of a run, and its tasks. */
export interface ServiceJob {
  service: Service
  tasks: readonly Task[]
}

/** The services of runs in the Swarm that the Engine manages; none where it manages none. */
export async function listServices(
  engine: Engine,
  { filters, signal }: Signal & { filters?: Record<string, string[]> } = {},
): Promise<Service[]> {
  const own = { label: [labels.run], ...filters }
  return engine.services.list({ filters: own, signal }).catch(error => {
    if (isNoManager(error)) return []
    throw error
  })
}

// Docker answers 503 where it is not a manager, and 406 in old versions; Podman has no services; a proxy may forbid them.
function isNoManager(error: unknown): boolean {
  const { code, status = 0 } = error instanceof EngineError ? error : {}
  return code === 'status' && [403, 404, 406, 501, 503].includes(status)
}

/** The tasks of services: one request. */
export async function withTasks(
  engine: Engine,
  services: readonly Service[],
  signal: AbortSignal | undefined,
): Promise<ServiceJob[]> {
  if (services.length === 0) return []
  const tasks = await engine.tasks.list({ filters: { label: [labels.run] }, signal })
  const byService = Map.groupBy(tasks, ({ ServiceID }) => ServiceID)
  return services.map(service => ({ service, tasks: firstOfEachSlot(byService.get(service.ID) ?? []) }))
}

/** @param job a key, or a service's id, the beginning of it, or its name. */
export async function findService(
  engine: Engine,
  job: string,
  signal: AbortSignal | undefined,
): Promise<Service | undefined> {
  if (job === '') return undefined
  const [byKey] = await listServices(engine, { filters: { label: [`${labels.job}=${job}`] }, signal })
  if (byKey !== undefined) return byKey
  const own = await listServices(engine, { signal })
  const matches = own.filter(({ ID, Spec }) => Spec.Name === job || (job.length >= 4 && ID.startsWith(job)))
  return matches.length === 1 ? matches[0] : undefined
}

const unknown = { nodeNames: new Map<string, string>(), lostNodes: new Set<string>() }

/** The service as a job among others: its state in a container's words. */
export function serviceInfo({ service, tasks }: ServiceJob, leases: readonly SeenLease[]): JobInfo {
  const { ID, CreatedAt, Spec } = service
  const verdict = verdictOf({ tasks, ...unknown }, wantedOf(Spec))
  const runs = tasks.some(task => hasEnded(task, unknown.lostNodes) || task.Status.State === 'running')
  const exitCode =
    verdict.state === 'failed' ? verdict.failure.exitCode : verdict.state === 'ended' ? 0 : null
  return {
    swarm: true,
    container: ID,
    name: Spec.Name,
    image: Spec.TaskTemplate.ContainerSpec.Image,
    state: verdict.state !== 'going' ? 'exited' : runs ? 'running' : 'created',
    exitCode,
    created: CreatedAt,
    ...ofLabels(ID, Spec.Labels ?? {}, leases),
  }
}

/** When the last of the tasks ended, in milliseconds since 1970. */
export function endOfTasks(tasks: readonly Task[]): number {
  return Math.max(0, ...tasks.map(({ Status }) => Date.parse(Status.Timestamp ?? '')).filter(Number.isFinite))
}

/** The first error that Swarm reports of a task; null for none. */
export function firstError(tasks: readonly Task[]): string | null {
  const errors = tasks.flatMap(task => taskFacts(task, { tasks, ...unknown }).error ?? [])
  return errors[0] ?? null
}
