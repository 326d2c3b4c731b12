import type { Task } from '../../engine/swarm-wire.ts'

/**
 * The tasks of the job's last execution, one for each number: where a task has failed, Swarm has another ready, which is not
 * started before the service is gone.
 */
export function firstOfEach(tasks: readonly Task[]): Task[] {
  const iteration = Math.max(0, ...tasks.map(iterationOf))
  const first = new Map<number, Task>()
  for (const task of tasks.filter(each => iterationOf(each) === iteration)) {
    const other = first.get(task.Slot ?? 0)
    if (other === undefined || timeOf(task) < timeOf(other)) first.set(task.Slot ?? 0, task)
  }
  return [...first.values()].sort((a, b) => (a.Slot ?? 0) - (b.Slot ?? 0))
}

/** As text that compares: the fraction of a second has as many digits as it needs. */
function timeOf({ CreatedAt }: Task): string {
  return CreatedAt.replace(/Z$/, '')
}

function iterationOf({ JobIteration }: Task): number {
  return JobIteration?.Index ?? 0
}
