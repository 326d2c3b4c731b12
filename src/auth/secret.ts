const REDACTED = '[redacted]'
/** `util.inspect.custom`, by its documented name: node:util takes 5 ms to import. */
const inspectCustom = Symbol.for('nodejs.util.inspect.custom')

/**
 * A string that prints, inspects and serialises as `[redacted]`; {@link Secret.reveal} returns it.
 *
 * @example
 * ```ts
 * import { Secret } from 'holdfast'
 *
 * const password = new Secret(process.env.REGISTRY_PASSWORD ?? '')
 * await run({ image: 'registry.example.com/team/batch:1.4', credentials: { username: 'ci', password } })
 * ```
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The string itself. Call it only where the value leaves the process. */
  reveal(): string {
    return this.#value
  }

  /** Gives `[redacted]`. */
  toString(): string {
    return REDACTED
  }

  /** Gives `[redacted]`. */
  toJSON(): string {
    return REDACTED
  }

  [inspectCustom](): string {
    return REDACTED
  }
}
