import type { Outcome } from '../run/outcome.ts'
import { signalNumber } from './terminal/signals.ts'

/** The exit status for a run's outcome, the same as docker run's. */
export function exitStatus({ kind, exitCode }: Outcome, endedBy: NodeJS.Signals | undefined): number {
  // A detached run has no status.
  if (kind === 'ok') return exitCode ?? 0
  if (kind === 'exit' || kind === 'skipped') return exitCode ?? 125
  if (kind === 'timeout') return 124
  if (kind === 'start-failed') return exitCode ?? 125
  if (kind !== 'cancelled') return 125
  return endedBy === undefined ? (exitCode ?? 125) : 128 + signalNumber(endedBy)
}
