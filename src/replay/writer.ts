import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { type Cut, sizes, writeCut } from './pace.ts'

/** Milliseconds in which a client has read nothing, after which nothing waits for it to read. */
const stall = 250

/**
 * Writes to a client, in pieces. What was handed over is written in its order, however slowly the client reads: a client
 * that reads one connection late must not hold up another.
 */
export class Writer {
  readonly #socket: Socket
  readonly #pieces: Generator<number, never>
  #tail = Promise.resolve()
  #written = 0

  constructor(socket: Socket, cut: Cut) {
    this.#socket = socket
    this.#pieces = sizes(cut)
  }

  write(bytes: Buffer): void {
    const written = () => this.#written++
    this.#tail = this.#tail.then(() => writeCut(this.#socket, bytes, this.#pieces, written))
    // Who waits for the end hears of a client that has left.
    this.#tail.catch(() => undefined)
  }

  /** Ends the connection behind all that was written. */
  end(): void {
    this.#tail = this.#tail.then(() => new Promise(ended => this.#socket.end(ended)))
    this.#tail.catch(() => undefined)
  }

  /** Resolves when all is on its way, rejects when the client has left before. */
  get done(): Promise<void> {
    return this.#tail
  }

  /** Resolves when all is on its way, the client has left, or it has stopped reading. */
  async flushed(): Promise<void> {
    const stalled = new AbortController()
    const done = this.#tail.then(
      () => 'done',
      () => 'done',
    )
    try {
      for (let before = -1; before !== this.#written; ) {
        before = this.#written
        const pause = delay(stall, 'stalled', { signal: stalled.signal })
        pause.catch(() => undefined)
        if ((await Promise.race([done, pause])) === 'done') return
      }
    } finally {
      stalled.abort()
    }
  }
}
