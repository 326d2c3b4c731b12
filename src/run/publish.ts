import { channel } from 'node:diagnostics_channel'
import type { Emit, RunEvent } from './events.ts'
import type { Outcome } from './outcome.ts'

/** Published of every event of every run and pull. */
export interface EventReport {
  /** The run's, as its container's label `dev.holdfast.run` has it; the same for all events of a run. */
  id: string
  /** The step. */
  event: RunEvent
}

/** Published of every run when it is over. */
export interface OutcomeReport {
  /** The run's, as its events have it. */
  id: string
  /** What happened. */
  outcome: Outcome
}

/** Channel `holdfast:event`: an {@link EventReport} for every event. */
const events = channel('holdfast:event')
/** Channel `holdfast:outcome`: an {@link OutcomeReport} for every run, after its last event. */
const outcomes = channel('holdfast:outcome')

/** Publishes how a run has ended. */
export function publishOutcome(report: OutcomeReport): void {
  if (outcomes.hasSubscribers) outcomes.publish(report)
}

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
