import type { ServiceSpec, Task, TaskState } from '../../engine/swarm-wire.ts'
import type { TaskFacts } from '../events.ts'
import { ExecutionFailed } from '../execution.ts'
import { type FailureKind, HoldfastError } from '../failure.ts'
import { hintOfRefusal, statusOfRefusal } from '../start-status.ts'

const ended: ReadonlySet<TaskState> = new Set([
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
])
const unassigned: ReadonlySet<TaskState> = new Set(['new', 'allocated', 'pending'])

/** What is known of a job's tasks at one time. */
export interface TasksSeen {
  tasks: readonly Task[]
  /** Host names of nodes by their ids. */
  nodeNames: ReadonlyMap<string, string>
  /** Ids of nodes that have been down for so long that their tasks are given up. */
  lostNodes: ReadonlySet<string>
}

/** What a job wants of its tasks. */
export interface Wanted {
  replicas: number
  maxConcurrent: number
  skipExitCodes: readonly number[]
}

/** What a service wants of its tasks; `skipExitCodes` as the run's. */
export function wantedOf({ Mode }: Pick<ServiceSpec, 'Mode'>, skipExitCodes: readonly number[] = []): Wanted {
  const { TotalCompletions: replicas = 1, MaxConcurrent: maxConcurrent = 1 } = Mode?.ReplicatedJob ?? {}
  return { replicas, maxConcurrent, skipExitCodes }
}

export type Verdict =
  | { state: 'going' }
  | { state: 'ended'; exitCode: number }
  | { state: 'failed'; failure: ExecutionFailed }

/** Whether a task has ended, or will never say so. */
export function hasEnded({ Status, NodeID = '' }: Task, lostNodes: ReadonlySet<string>): boolean {
  return ended.has(Status.State) || lostNodes.has(NodeID)
}

/** A task that waits for a node. */
export function isPending({ Status }: Task): boolean {
  return unassigned.has(Status.State)
}

/**
 * What the tasks mean for the job. It goes on while a task does, or one is yet to come; a task that has failed keeps its
 * place, so that when as many have failed as may run at a time, Swarm starts no other.
 */
export function verdictOf(seen: TasksSeen, wanted: Wanted): Verdict {
  const { tasks, lostNodes } = seen
  if (tasks.length === 0 || tasks.some(task => !hasEnded(task, lostNodes))) return { state: 'going' }
  const failures = tasks.flatMap(task => failureOf(task, seen))
  if (tasks.length < wanted.replicas && failures.length < wanted.maxConcurrent) return { state: 'going' }
  const [first] = failures
  if (first === undefined) return { state: 'ended', exitCode: 0 }
  const skipped = (code: number | null) => code !== null && wanted.skipExitCodes.includes(code)
  if (tasks.length === wanted.replicas && failures.every(({ exitCode }) => skipped(exitCode)))
    return { state: 'ended', exitCode: first.exitCode ?? 0 }
  const worst = failures.find(({ exitCode }) => !skipped(exitCode)) ?? first
  return { state: 'failed', failure: ofJob(worst, failures.length, tasks.length, wanted.replicas) }
}

/** What a task is, for the outcome. */
export function taskFacts(task: Task, { nodeNames, lostNodes }: TasksSeen): TaskFacts {
  const { ID: id, Slot: number = 0, NodeID: node, Status } = task
  const { State: state, Err: error = '' } = Status
  return {
    id,
    number,
    node: node === undefined || node === '' ? null : (nodeNames.get(node) ?? node),
    state: lostNodes.has(node ?? '') && !ended.has(state) ? 'lost' : state,
    exitCode: exitCodeOf(task),
    error: error === '' ? null : error,
  }
}

/** Swarm gives a rejected task the exit status 0, and a killed one none. */
function exitCodeOf({ Status: { State, ContainerStatus, Err = '' } }: Task): number | null {
  if (State === 'complete') return 0
  const { ExitCode = 0 } = ContainerStatus ?? {}
  if (State !== 'failed' && State !== 'shutdown') return null
  // An exit status of the runtime's words comes before the 128 and the 0 that Swarm notes beside them.
  return statusOfRefusal(Err) ?? (ExitCode > 0 && isExit(Err) ? ExitCode : null)
}

// Of a container that never started, ExitCode is what its creation left.
function isExit(error: string): boolean {
  return error === '' || /non-zero exit/.test(error)
}

function failureOf(task: Task, seen: TasksSeen): ExecutionFailed[] {
  if (task.Status.State === 'complete') return []
  const facts = taskFacts(task, seen)
  const { kind, what, hint } = meaningOf(facts)
  const where = facts.node === null ? '' : ` on ${facts.node}`
  // "task: non-zero exit (3)" says no more than the status.
  const engineMessage = kind === 'exit' ? undefined : (facts.error ?? undefined)
  const detail = engineMessage === undefined ? '' : `: ${engineMessage}`
  const failure = new HoldfastError(kind, `task ${facts.number}${where} ${what}${detail}`, {
    engineMessage,
    hint,
  })
  return [new ExecutionFailed(facts.exitCode, failure)]
}

function meaningOf({ state, exitCode, error, node }: TaskFacts): {
  kind: FailureKind
  what: string
  hint?: string
} {
  if (state === 'rejected') {
    if (/no such image/i.test(error ?? '')) {
      const hint = `Make the image local on each node: \`holdfast pull --all-hosts\`; or name nodes that have it with the option swarm.constraints: node.hostname==NAME.`
      return { kind: 'image-missing', what: 'was rejected by its node, which does not have the image', hint }
    }
    const hint = 'Look at the mounts, networks and limits of the run; each node needs what they name.'
    return { kind: 'create-failed', what: 'was rejected by its node', hint }
  }
  if (state === 'failed' && exitCode !== null && error !== null && statusOfRefusal(error) !== null)
    return { kind: 'start-failed', what: 'could not be started', hint: hintOfRefusal(exitCode) }
  if (state === 'failed' && exitCode !== null) return { kind: 'exit', what: `ended with status ${exitCode}` }
  if (state === 'failed') return { kind: 'start-failed', what: 'failed', hint: hintOfRefusal(null) }
  if (state === 'shutdown') {
    const hint = 'Was its node drained, or the service changed? `docker node ls` shows the nodes.'
    return { kind: 'lost', what: 'was shut down by the Swarm', hint }
  }
  if (state === 'orphaned' || state === 'lost') {
    const hint = `Look at the node: \`docker node inspect ${node ?? 'NODE'}\`. The task may still run there, and is removed when the node is back.`
    return { kind: 'lost', what: 'was lost: its node went away and did not come back', hint }
  }
  return { kind: 'lost', what: 'was removed by the Swarm', hint: 'Was the service removed by someone else?' }
}

function ofJob(failure: ExecutionFailed, failed: number, started: number, replicas: number): ExecutionFailed {
  if (replicas === 1) return failure
  const { kind, message, engineMessage, hint, exitCode } = failure
  const missing = replicas - started
  const rest = missing === 0 ? '' : `; ${missing} were not started, as a failed task keeps its place`
  const text = `${failed} of ${replicas} tasks failed${rest}: ${message}`
  return new ExecutionFailed(exitCode, new HoldfastError(kind, text, { engineMessage, hint }))
}
