import { fromContent } from '../file/content.ts'
import type { Said } from '../file/exchange.ts'
import { bytesDifference } from '../match/difference.ts'
import { Comparison, Substitutes } from '../match/same-text.ts'

const masked = /\[secret:\d+\]|\*{4,}/

/** Compares what a client sends over a raw connection with what was recorded of it. */
export class Stdin {
  #received: Buffer[] = []
  #size = 0
  #ended = false
  #recorded: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined

  push(bytes: Buffer): void {
    this.#received.push(bytes)
    this.#size += bytes.length
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** Resolves when the client has sent what was recorded up to here, or can't send it any more. */
  async until(said: Extract<Said, { sent: unknown }>): Promise<void> {
    if (said.sent !== 'end') this.#recorded = Buffer.concat([this.#recorded, fromContent(said.sent)])
    const untilEnd = said.sent === 'end'
    while (!this.#ended && (untilEnd || !this.#isComplete())) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #isComplete(): boolean {
    return masked.test(this.#recorded.toString('latin1'))
      ? this.difference() === undefined
      : this.#size >= this.#recorded.length
  }

  /** How the bytes that came differ from those that were recorded until now. */
  difference(): string | undefined {
    const actual = Buffer.concat(this.#received)
    this.#received = [actual]
    const texts = [this.#recorded, actual].map(bytes => bytes.toString('latin1')) as [string, string]
    return new Comparison(new Substitutes(() => new Set())).same(...texts)
      ? undefined
      : bytesDifference(this.#recorded, actual)
  }
}
