import type { RunEvent } from '../../../run/events.ts'

/** Layers of an image whose states are kept. */
const limit = 1_000

/** Turns the words of a pull into a line for each change of state. */
export class Changes {
  readonly #states = new Map<string, string>()

  /** The line for it; undefined when nothing has changed. `image` stands before it where it would not be clear whose it is. */
  line({ id = '', status }: Extract<RunEvent, { type: 'progress' }>, image?: string): string | undefined {
    // Seconds that are counted down are no change.
    const state = status.replace(/^(Retrying) in \d+ seconds?$/, '$1')
    const known = this.#states.get(id)
    if (known === state || (known === undefined && this.#states.size >= limit)) return undefined
    this.#states.set(id, state)
    return [image, id, status].filter(Boolean).join(': ')
  }

  /** The pull goes out anew: all of it is told again. */
  restart(): void {
    this.#states.clear()
  }
}
