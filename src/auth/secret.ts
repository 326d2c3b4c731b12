const REDACTED = '[redacted]'
/** `util.inspect.custom`, by the name that Node documents for it: node:util takes 5 ms to import. */
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

/** A string that shows itself to nobody but who calls {@link Secret.reveal}: printed, inspected or serialised it is `[redacted]`. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The string itself. Call it where the value leaves the process, and nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [inspectCustom](): string {
    return REDACTED
  }
}
