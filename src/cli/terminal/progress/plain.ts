import type { RunEvent } from '../../../run/events.ts'

/** Layers of an image whose states are kept. */
const limit = 1_000

/** Turns the progress messages of a pull into a line for each change of state. */
export class Changes {
  readonly #states = new Map<string, string>()

  /** The line for a message; undefined when nothing changed. It starts with `image` when several are pulled. */
  line({ id = '', status }: Extract<RunEvent, { type: 'progress' }>, image?: string): string | undefined {
    // A countdown of seconds is not a change.
    const state = status.replace(/^(Retrying) in \d+ seconds?$/, '$1')
    const known = this.#states.get(id)
    if (known === state || (known === undefined && this.#states.size >= limit)) return undefined
    this.#states.set(id, state)
    return [image, id, status].filter(Boolean).join(': ')
  }

  /** The pull is retried: every state is printed again. */
  restart(): void {
    this.#states.clear()
  }
}
