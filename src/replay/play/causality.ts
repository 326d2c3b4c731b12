import type { Cause, LinkedExchange, Step } from '../order/step.ts'
import { titleOf } from '../order/target.ts'
import type { Writer } from './writer.ts'

/** Milliseconds after which a replay says what it waits for. */
const noticeAfter = 1_000

/** Something of an exchange that waits for something else to happen. */
export interface Waiting {
  step: Step
  /** What it waits for, as in a message. */
  awaited: string
}

/** Keeps what the Engine says behind what caused it. Nothing is given up: its client may wait for a timer of its own. */
export class Causality {
  readonly #requests = new Map<LinkedExchange, PromiseWithResolvers<void>>()
  readonly #ends = new Map<LinkedExchange, PromiseWithResolvers<Writer>>()
  readonly #requested = new Set<LinkedExchange>()
  readonly #waiting = new Set<Waiting>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #notice: (text: string) => void

  /** @param notice gets one line about what has been waited for for a second. */
  constructor(notice: (text: string) => void) {
    this.#notice = notice
  }

  get waiting(): readonly Waiting[] {
    return [...this.#waiting]
  }

  /** The request has come. */
  requested(linked: LinkedExchange): void {
    this.#requested.add(linked)
    entry(this.#requests, linked).resolve()
  }

  /** All has been handed to the writer that the Engine says because of it. */
  ended(linked: LinkedExchange, writer: Writer): void {
    entry(this.#ends, linked).resolve(writer)
  }

  /** Resolves when all causes of an utterance have happened. */
  async reached(step: Step): Promise<void> {
    for (const cause of step.causes.filter(({ what }) => what === 'request')) {
      if (!this.#requested.has(cause.on))
        await this.wait(step, nameOf(cause), entry(this.#requests, cause.on).promise)
    }
    // Output that no one asks for in this run has no end.
    for (const { on, what } of step.causes)
      if (what === 'end' && this.#requested.has(on)) await (await entry(this.#ends, on).promise).flushed()
  }

  /** Waits for something, and says so after a second. */
  async wait<T>(step: Step, awaited: string, happening: Promise<T>): Promise<T> {
    const waiting = { step, awaited }
    this.#waiting.add(waiting)
    const timer = setTimeout(
      () => this.#notice(`waiting for ${awaited} before line ${step.line}`),
      noticeAfter,
    )
    this.#timers.add(timer)
    try {
      return await happening
    } finally {
      clearTimeout(timer)
      this.#timers.delete(timer)
      this.#waiting.delete(waiting)
    }
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}

function nameOf({ on }: Cause): string {
  return `${titleOf(on.target)} (line ${on.line})`
}

function entry<T>(
  map: Map<LinkedExchange, PromiseWithResolvers<T>>,
  key: LinkedExchange,
): PromiseWithResolvers<T> {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = Promise.withResolvers<T>()
  map.set(key, made)
  return made
}
