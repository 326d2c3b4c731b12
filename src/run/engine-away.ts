import type { ExecutionState } from './execution.ts'
import { HoldfastError } from './failure.ts'
import type { EngineGrace } from './retry.ts'

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
