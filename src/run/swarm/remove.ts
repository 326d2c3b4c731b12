import type { Engine } from '../../engine/engine.ts'
import { EngineError, isStatus } from '../../engine/error.ts'
import { compareVersions } from '../../engine/http/version.ts'
import type { Task } from '../../engine/swarm-wire.ts'
import { pauseFor } from '../retry.ts'

/** Since this version a manager removes the tasks of a job with its service (moby/swarmkit#3112). */
const taskRemovalApi = '1.43'
/** Milliseconds between two lists of the tasks that are to end. */
const pollInterval = 100
/** Milliseconds that the Swarm has to record what becomes of tasks. */
const recordLimit = 3_000
/** How often an update is sent for a service that someone else updates at the same time. */
const updateAttempts = 5

/**
 * Removes a service, and has its nodes stop its tasks and remove their containers. What a retired service has left is
 * removed first: managers of Engines 24 to 28 crash where they remove a task at the moment when the service goes
 * (moby/swarmkit#3223).
 */
export async function removeService(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  try {
    const version = await engine.apiVersion({ signal })
    if (compareVersions(version, taskRemovalApi) < 0) await endTasks(engine, id, signal)
    else await untilAll(engine, id, ({ DesiredState }) => DesiredState !== 'remove', signal)
    await engine.services.remove(id, { signal })
  } catch (error) {
    if (!isStatus(error, 404)) throw error
  }
}

/**
 * Before Engine 24 a manager goes on with the tasks of a job whose service is removed, and starts those that are ready in the
 * place of failed ones: the job is retired first.
 */
async function endTasks(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  if ((await tasksOf(engine, id, signal)).every(({ Status }) => Status.State === 'complete')) return
  // By then Swarm has another task ready in the place of each that has failed, which it would keep without the service.
  await untilAll(engine, id, isReplaced, signal)
  await retireService(engine, id, signal)
  await untilAll(engine, id, isOver, signal)
}

/** Gives the service a next execution without tasks: its start ends the tasks of the one before. */
export async function retireService(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { Spec, Version } = await engine.services.inspect(id, { signal })
    const { MaxConcurrent = 1 } = Spec.Mode?.ReplicatedJob ?? {}
    const spec = { ...Spec, Mode: { ReplicatedJob: { MaxConcurrent, TotalCompletions: 0 } } }
    try {
      return await engine.services.update(id, spec, { version: Version.Index, signal })
    } catch (error) {
      if (attempt === updateAttempts || !isOutOfSequence(error)) throw error
    }
  }
}

function isOutOfSequence(error: unknown): boolean {
  return error instanceof EngineError && /out of sequence/.test(error.engineMessage ?? '')
}

/** Waits until all tasks of the service meet the condition, but no longer than {@link recordLimit}. */
async function untilAll(
  engine: Engine,
  id: string,
  condition: (task: Task) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const deadline = performance.now() + recordLimit; performance.now() < deadline; ) {
    if ((await tasksOf(engine, id, signal)).every(condition)) return
    await pauseFor(pollInterval, signal)
  }
}

function tasksOf(engine: Engine, id: string, signal: AbortSignal): Promise<Task[]> {
  return engine.tasks.list({ filters: { service: [id] }, signal })
}

const failed = ['failed', 'rejected', 'shutdown', 'orphaned', 'remove']

/** Whether Swarm is done with the task, if it has failed. */
function isReplaced({ DesiredState, Status }: Task): boolean {
  return DesiredState !== 'complete' || !failed.includes(Status.State)
}

/** Whether no node goes on with the task. */
function isOver({ DesiredState, Status }: Task): boolean {
  return (
    ['complete', ...failed].includes(Status.State) || DesiredState === 'remove' || DesiredState === 'shutdown'
  )
}
