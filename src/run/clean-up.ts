import type { Execution } from './execution.ts'
import type { Run } from './run-state.ts'

/** Removes what a run has made, as the policy says. A failure of it is a warning: the run keeps its own result. */
export async function cleanUp({ options, record, signal, emit }: Run, execution: Execution): Promise<void> {
  const { remove: policy = 'always' } = options
  // Of a job with a key it would keep the key from later runs.
  const neverStarted = !record.mayRun && (signal.aborted || options.job !== undefined)
  const wanted = policy === 'always' || neverStarted || (policy === 'success' && record.succeeded)
  if (!wanted) return
  const { id: container, about } = execution
  const name = `the ${about.noun} ${container.slice(0, 12)}`
  if (record.mayRun && record.exitCode === null && !signal.aborted) {
    const message = `${name} may still run and was not removed: see \`${about.inspectCommand}\``
    return emit({ type: 'warning', message })
  }
  emit({ type: 'phase', phase: 'remove' })
  try {
    await execution.remove()
    emit({ type: 'removed', container })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    emit({ type: 'warning', message: `${name} could not be removed: ${reason}` })
  }
}
