import type { Execution, ExecutionState } from './execution.ts'
import { HoldfastError } from './failure.ts'
import { type EngineGrace, within } from './retry.ts'
import type { RunContext } from './run-context.ts'

/** Milliseconds that the Engine has to say what it remembers. */
export const memoryPatience = 5_000

/** The Engine gives it to a container whose end it has missed. */
export const unknownStatus = 255

/** Whether the execution ended while the Engine did not answer. */
export function endedAway({ finishedAt }: Partial<ExecutionState>, grace: EngineGrace): boolean {
  return finishedAt !== undefined && grace.wasAway(finishedAt)
}

/** The failure of an execution that ended so and whose status is not its own. */
export function statusLost(): HoldfastError {
  const message = 'the exit status of the container is lost: it ended while the Engine was away'
  return new HoldfastError('lost', message, {
    hint: 'Run the Engine with live-restore and a containerd of its own to keep it.',
  })
}

/**
 * Reports a gap where the Engine may have been restarted under an execution. The result looks whether it was away since the
 * last look. The Engine forgets the start after many events, so it is called at each resume, and at the end.
 */
export function watchRestarts(
  { grace, emit }: Pick<RunContext, 'grace' | 'emit'>,
  execution: Execution,
): () => Promise<void> {
  let looked = grace.absences
  let latest = Promise.resolve()
  let isReported = false
  async function look(): Promise<void> {
    if (grace.absences === looked || isReported) return
    looked = grace.absences
    const remembered = (patience: AbortSignal) => execution.startRemembered(patience)
    isReported = !(await within(memoryPatience, remembered).catch(() => true))
    if (isReported) emit({ type: 'gap', reason: lostWithEngine })
  }
  return () => {
    latest = latest.then(look)
    return latest
  }
}

const lostWithEngine =
  'the Engine was away, and does not remember the start of the container: if it was restarted, what it had read of the ' +
  'output and not yet logged is lost'
