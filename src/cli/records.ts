import type { RequestReport } from '../engine/http/diagnostics.ts'
import type { RunEvent } from '../run/events.ts'
import type { FailureKind } from '../run/failure.ts'
import type { Outcome } from '../run/outcome.ts'

/** The fields that join the lines of several files. */
export interface Stamp {
  /** In ISO 8601. Of an audit line: when the request was sent. */
  time: string
  /** The run's id; absent outside a run. */
  run?: string
}

type Output = 'stdout' | 'stderr' | 'dropped'

/** What `--outcome` writes: an {@link Outcome}, with null in place of output that was printed and not kept. */
export type OutcomeFile = {
  [Field in keyof Outcome]: Field extends Output ? Outcome[Field] | null : Outcome[Field]
}

/** A line of `--events`. */
export type EventLine = Stamp & RunEvent

/** A line of `--audit`: a request to the Engine. */
export type AuditLine = Stamp &
  Pick<RequestReport, 'method' | 'path' | 'status' | 'error' | 'ms' | 'engine'> & {
    /** The request carried credentials for a registry. */
    'X-Registry-Auth'?: 'present'
  }

/** A line of stderr with `--log-format json`. */
export type LogLine = Stamp & {
  /** `warning`: the job runs on, or ran with a stale image; `error`: the command has failed. */
  level: 'info' | 'warning' | 'error'
  /** Of an error: the kind of failure, where it has one. */
  kind?: FailureKind
  /** The text; of an error also the Engine's own message and what to do, each on a line of its own. */
  message: string
}
