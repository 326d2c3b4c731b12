import type { Task, TaskState } from '../../engine/swarm-wire.ts'

const neverRan: ReadonlySet<TaskState> = new Set([
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'rejected',
  'shutdown',
  'orphaned',
  'remove',
])

/**
 * The tasks of the job's last execution, one for each slot: where a task has failed, Swarm has another ready, which is not
 * started before the service is gone.
 */
export function firstOfEachSlot(tasks: readonly Task[]): Task[] {
  const first = new Map<number, Task>()
  for (const task of ofLastExecution(tasks)) {
    const other = first.get(task.Slot ?? 0)
    if (other === undefined || timeOf(task) < timeOf(other)) first.set(task.Slot ?? 0, task)
  }
  return [...first.values()].sort((a, b) => (a.Slot ?? 0) - (b.Slot ?? 0))
}

/**
 * The tasks that Swarm has started, or is about to, in the place of the first of their slot: a manager that has lost its
 * leadership and got it back starts each task twice, and a task that fails on a drained node is started again elsewhere.
 */
export function startedAgain(tasks: readonly Task[]): Task[] {
  const first = firstOfEachSlot(tasks)
  return ofLastExecution(tasks).filter(
    task => !first.includes(task) && (task.DesiredState === 'complete' || !neverRan.has(task.Status.State)),
  )
}

function ofLastExecution(tasks: readonly Task[]): Task[] {
  const iteration = Math.max(0, ...tasks.map(iterationOf))
  return tasks.filter(task => iterationOf(task) === iteration)
}

/** The time of creation as text that compares: without its Z, which would sort after the digits of a longer fraction. */
function timeOf({ CreatedAt }: Task): string {
  return CreatedAt.replace(/Z$/, '')
}

function iterationOf({ JobIteration }: Task): number {
  return JobIteration?.Index ?? 0
}
