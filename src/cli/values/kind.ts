import { InvalidValueError } from '../../run/invalid.ts'
import type { ProcessContext } from '../process-context.ts'

/** What a shell offers for a value: these texts, or its own paths. */
export type Completes = 'file' | 'directory' | readonly string[]

/** What the Engine has, by name. */
export type OnEngine = 'image' | 'job'

/** How a value is written. */
export interface Kind<T> {
  /** Stands for the value in the help; empty for a switch. */
  readonly meta: string
  /** The value where no `=value` is attached; such a flag never takes the next argument. */
  readonly bare?: string
  readonly complete?: Completes
  /** The text may hold a secret: no message shows it. */
  readonly secret?: true
  /** @throws {InvalidValueError} without the name of the flag and the text: the parser puts both before the message. */
  parse(text: string, context: ProcessContext): T
}

/** Parses a part of a value, as a key of `--mount`, so that a refusal names that part in place of the whole. */
export function ofPart<T>(part: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error
    throw new InvalidValueError(error.message, error.hint, { part })
  }
}
