import type { Engine } from '../engine/engine.ts'
import type { HeldSecrets } from '../redact/held.ts'
import type { Emit } from './events.ts'
import type { RunOptions } from './options.ts'
import type { EngineGrace } from './retry.ts'
import type { SecretFiles } from './secret-files.ts'

/** What others know the container of a run by. */
export interface ContainerIdentity {
  /** Undefined where the Engine is to make one up. */
  readonly name: string | undefined
  readonly labels: Readonly<Record<string, string>>
}

/** What the steps of a run share. */
export interface RunContext extends ContainerIdentity {
  /** The value of the container's label `dev.holdfast.run`: no other run has it. */
  readonly id: string
  readonly engine: Engine
  readonly options: RunOptions
  readonly emit: Emit
  /** Aborted with a HoldfastError when the run is cancelled or out of time. */
  readonly signal: AbortSignal
  /** Aborted some seconds later: for a request whose response is needed to undo what it did. */
  readonly overdue: AbortSignal
  readonly grace: EngineGrace
  /** Those of its pulls, until the container has started: what the Engine says may quote them. */
  readonly secrets: HeldSecrets
  /** The files that the container finds in /run/secrets; undefined where it has none. */
  readonly secretFiles: SecretFiles | undefined
  /** The directory of this machine that the container gets for `tmpDir`. */
  readonly tmpDir: string | undefined
}
