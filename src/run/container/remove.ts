import { isStatus } from '../../engine/error.ts'
import { untilReached } from '../retry.ts'
import type { Run } from '../run-state.ts'

/** Milliseconds that an Engine which can't be reached is waited for: a restart takes two or three seconds. */
export const removeGrace = 5_000

/** Removes the container as the policy says; trouble with it never hides the job's own result. */
export async function removeContainer(
  { engine, options, record, life }: Run,
  container: string,
): Promise<void> {
  const { remove: policy = 'always' } = options
  const unstarted = life.signal.aborted && !record.started
  const wanted = policy === 'always' || unstarted || (policy === 'success' && record.exitCode === 0)
  if (!wanted) return
  record.emit({ type: 'phase', phase: 'remove' })
  try {
    await untilReached(() => engine.containers.remove(container, { force: true, volumes: true }), {
      grace: removeGrace,
    })
  } catch (error) {
    if (!isStatus(error, 404) && !isStatus(error, 409)) {
      const message = `the container ${container.slice(0, 12)} could not be removed: ${(error as Error).message}`
      return record.emit({ type: 'warning', message })
    }
  }
  record.emit({ type: 'removed', container })
}
