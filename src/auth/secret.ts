const REDACTED = '[redacted]'
/** `util.inspect.custom`, by its documented name: node:util takes 5 ms to import. */
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

/** A string that prints, inspects and serialises as `[redacted]`; {@link Secret.reveal} returns it. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The string itself. Call it only where the value leaves the process. */
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
