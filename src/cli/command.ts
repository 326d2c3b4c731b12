import type { Flag, Refused } from './flags/flag.ts'
import type { ProcessContext } from './process-context.ts'
import type { Completes, OnEngine } from './values/kind.ts'

/** A command of holdfast: its page of help, its flags, what it does. */
export interface Command<Target> {
  readonly name: string
  readonly operands: string
  /** One line, for the list of commands. */
  readonly about: string
  readonly flags: readonly (Flag<Target> | Refused)[]
  /** The first operand ends the flags. Without it, flags may follow operands. */
  readonly stops?: true
  /** What a shell offers for its operands. */
  readonly completes?: Completes | OnEngine
  readonly exits: readonly (readonly [status: string, meaning: string])[]
  readonly examples: readonly string[]
  /** A new target for the flags. */
  target(): Target
  /** Performs it; resolves with the exit status. */
  run(flags: Target, operands: readonly string[], context: ProcessContext): Promise<number>
}
