import type { FailureReport } from './failure.ts'

/** The parts of a run whose durations an outcome tells. */
export type Phase = 'inspect' | 'credentials' | 'pull' | 'create' | 'attach' | 'start' | 'run' | 'remove'

/** A step of a run, in the order in which it happens. */
export type RunEvent =
  | { type: 'phase'; phase: Phase }
  /** The image is local: which one it is. */
  | { type: 'image'; id: string; digest: string | null; platform: string }
  /** A pull goes out, with credentials from that source. */
  | { type: 'pull'; image: string; registry: string; reason: PullReason; credentials: string }
  /** A line of a pull's progress, in the Engine's words; `id` is a layer's. */
  | { type: 'progress'; image: string; id?: string; status: string; current?: number; total?: number }
  | { type: 'created'; container: string }
  | { type: 'started'; container: string }
  /** Output may be missing, or repeated, from here on. */
  | { type: 'gap'; reason: string }
  | { type: 'warning'; message: string }
  | { type: 'exited'; exitCode: number }
  | { type: 'removed'; container: string }
  | { type: 'failed'; failure: FailureReport }

/** Why a registry was asked. */
export type PullReason = 'missing' | 'always' | 'mismatch'

export type Emit = (event: RunEvent) => void
