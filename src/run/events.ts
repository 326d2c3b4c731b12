import type { TaskState } from '../engine/swarm-wire.ts'
import type { ContainerState } from '../engine/wire.ts'
import type { FailureKind, FailureReport, TimeLimit } from './failure.ts'
import type { CopyReport } from './files/copies.ts'

/** The parts of a run whose durations an outcome has. */
export type Phase =
  | 'inspect'
  | 'credentials'
  | 'pull'
  | 'create'
  | 'copy-in'
  | 'attach'
  | 'start'
  | 'run'
  | 'copy-out'
  | 'remove'

/** A step of a run, in the order in which it happens. */
export type RunEvent =
  /** A phase begins; the one before it has ended. */
  | { type: 'phase'; phase: Phase }
  /** The image is local: which one it is. `image` is its reference. */
  | { type: 'image'; image: string; id: string; digest: string | null; platform: string }
  /** A pull goes out, with credentials from that source; or another's, under way in this process, is `shared`. */
  | {
      type: 'pull'
      image: string
      registry: string
      reason: PullReason
      credentials: string
      shared: boolean
    }
  /** A line of a pull's progress, in the Engine's words; `id` is a layer's. */
  | { type: 'progress'; image: string; id?: string; status: string; current?: number; total?: number }
  /** The registry is failing: the pull is sent again in `delay` milliseconds, as that attempt (from 2 on) of `attempts`. */
  | {
      type: 'retry'
      image: string
      attempt: number
      attempts: number
      delay: number
      failure: FailureReport
    }
  /** The registry failed too often of late: it is not asked until then (ISO 8601). */
  | { type: 'skipped'; image: string; registry: string; reason: string; until: string }
  /** The local copy runs in place of what could not be pulled. */
  | ({ type: 'stale'; image: string } & Stale)
  /** The container is created. `name` is null where the Engine makes one up. */
  | { type: 'created'; container: string; name: string | null }
  /** The container of a job with a key was there already, in that state. */
  | { type: 'adopted'; container: string; name: string; state: ContainerState['Status'] }
  /** The container has started. */
  | { type: 'started'; container: string }
  /** A task of a job on a Swarm has another state. */
  | ({ type: 'task' } & TaskFacts)
  /** The output's connection was lost while the container ran. `delivered` counts bytes. */
  | { type: 'interrupted'; delivered: { stdout: number; stderr: number } }
  /** The output continues: from the log after the last delivered byte, or from a new attach where the log can't be used. */
  | { type: 'resumed'; source: 'log' | 'attach' }
  /** Output may be missing, or repeated, from here on. */
  | { type: 'gap'; reason: string }
  /** Trouble that does not end the run, or what the Engine warns of. */
  | { type: 'warning'; message: string }
  /** How far a copy has come: files, directories and links, and the bytes of the files. At most ten times a second. */
  | { type: 'copy'; direction: 'in' | 'out'; from: string; to: string; entries: number; bytes: number }
  /** A copy is complete. */
  | { type: 'copied'; report: CopyReport }
  /** The container was sent that signal, as `SIGTERM`. */
  | { type: 'signal'; signal: string }
  /** The run was cancelled or ran out of time: the container gets its stop signal, and a kill after `grace` milliseconds. */
  | { type: 'stopping'; grace: number }
  /** The container has ended, with that exit status. */
  | { type: 'exited'; exitCode: number }
  /** The container is removed. */
  | { type: 'removed'; container: string }
  /** The run has failed. */
  | { type: 'failed'; failure: FailureReport }
  /** The run failed, and `recordFailure` has its conversation with the Engine. */
  | { type: 'recorded'; file: string }

/** Why a registry was asked. */
export type PullReason = 'missing' | 'always' | 'mismatch' | 'refresh'

/** Why a run took the local copy of an image that could not be pulled, and what it took. */
export interface Stale {
  /** What went wrong, in words. */
  reason: string
  /** The kind of the failure of the pull. */
  kind: FailureKind
  /** The limit of the pull that ran out, where one did. */
  limit?: TimeLimit
  /** Milliseconds since the Engine named the copy, else since it was built; null when the Engine reports neither. */
  age: number | null
  /** The copy's digest in its registry; null for an image that was never pulled or pushed. */
  digest: string | null
}

/** A task of a job on a Swarm. */
export interface TaskFacts {
  /** The task's id in the Swarm. */
  id: string
  /** From 0; what `{{.Task.Slot}}` stands for. */
  number: number
  /** The host name of its node; null until it has one. */
  node: string | null
  /** In Swarm's words; `lost` when its node went away and did not come back. */
  state: TaskState | 'lost'
  /** Null where the task did not run to an end of its own. */
  exitCode: number | null
  /** What Swarm says of it. */
  error: string | null
}

export type Emit = (event: RunEvent) => void
