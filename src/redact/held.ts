import { Redactor } from './redactor.ts'

/** Each secret in use in this process, by how many hold it. */
const holders = new Map<string, number>()
/** Those that `redactor` knows. */
let known: readonly string[] = []
let redactor = new Redactor(known)

/**
 * The secrets of one run. Until it is disposed, they are redacted in the messages of every Engine in this process: the
 * answer to a later request, on another connection, may quote them.
 */
export class HeldSecrets implements Disposable {
  readonly #held = new Set<string>()

  hold(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (this.#held.has(secret)) continue
      this.#held.add(secret)
      holders.set(secret, (holders.get(secret) ?? 0) + 1)
    }
    rebuild()
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#held.values()
  }

  [Symbol.dispose](): void {
    for (const secret of this.#held) {
      const others = (holders.get(secret) ?? 0) - 1
      if (others > 0) holders.set(secret, others)
      else holders.delete(secret)
    }
    this.#held.clear()
    rebuild()
  }
}

// Many runs hold the same secrets, most hold none.
function rebuild(): void {
  if (known.length === holders.size && known.every(secret => holders.has(secret))) return
  known = [...holders.keys()]
  redactor = new Redactor(known)
}

/** The text without the secrets that are held now. */
export function redactHeld(text: string): string {
  return redactor.redact(text)
}

/** A redactor for the secrets that are held now, and for these. */
export function redactorWith(secrets: readonly string[]): Redactor {
  return secrets.length === 0 ? redactor : new Redactor([...new Set([...holders.keys(), ...secrets])])
}
