import { channel } from 'node:diagnostics_channel'
import type { Emit, RunEvent } from './events.ts'

/** Channel `holdfast:event`: every event of every run and pull, as `{ id, event }`; a run's id is its container's label `dev.holdfast.run`. */
const events = channel('holdfast:event')

/**
 * Passes a run's events to its listener and to the diagnostics channel. An error of the listener does not interrupt the run,
 * which would leave a container behind: `rethrow`, called at the end, throws the first one.
 */
export function publisher(
  id: string,
  listener: ((event: RunEvent) => void) | undefined,
): { emit: Emit; rethrow: () => void } {
  let thrown: { error: unknown } | undefined
  const note = (error: unknown) => {
    thrown ??= { error }
  }
  const emit: Emit = event => {
    if (events.hasSubscribers) events.publish({ id, event })
    try {
      const returned: unknown = listener?.(event)
      if (returned instanceof Promise) returned.catch(note)
    } catch (error) {
      note(error)
    }
  }
  const rethrow = () => {
    if (thrown !== undefined) throw thrown.error
  }
  return { emit, rethrow }
}
