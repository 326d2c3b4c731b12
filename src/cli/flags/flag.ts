import type { ProcessContext } from '../process-context.ts'

/** A value on its way into the invocation. */
export interface Value {
  readonly text: string
  /** The flag as it was written, for messages: `-m`, `--memory`. */
  readonly where: string
  readonly world: ProcessContext
}

/** A flag: how it is written, what the help says of it, what its value does to the invocation that is being built. */
export interface Flag<Draft> {
  readonly name: string
  readonly short?: string
  readonly alias?: string
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string
  /** The value where no `=value` is attached; a flag that has one never takes the next argument. */
  readonly bare?: string
  readonly about: string
  readonly set: (draft: Draft, value: Value) => void
}

/** A command, as its parser and its help see it. */
export interface Command<Draft> {
  readonly name: 'run' | 'pull' | 'check' | 'record' | 'replay' | 'version'
  readonly operands: string
  /** One line, for the list of commands. */
  readonly about: string
  readonly flags: readonly Flag<Draft>[]
  /** The first argument that is no flag ends the flags; elsewhere flags may follow it. */
  readonly stops: boolean
  /** Flags of docker's command of that name which this one does not have. */
  readonly lacks: { readonly names: ReadonlySet<string>; readonly shorts: ReadonlyMap<string, string> }
  readonly exits: readonly (readonly [status: string, meaning: string])[]
  readonly examples: readonly string[]
}
