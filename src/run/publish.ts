import { channel } from 'node:diagnostics_channel'
import type { Emit, RunEvent } from './events.ts'

/** Channel `holdfast:event`: every event of every run and pull, as `{ id, event }`; a run's id is its container's label `dev.holdfast.run`. */
const events = channel('holdfast:event')

/**
 * Tells a run's events to its listener and to whoever traces. A listener that throws is its owner's bug, and no reason to
 * leave a container behind: `rethrow`, called at the end, throws what it threw first.
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
