import type { Socket } from 'node:net'
import { type Cut, sizes, writeCut } from './pace.ts'
import type { Bytes } from './wire.ts'

/** Milliseconds in which a client has read nothing, after which nothing waits for it to read. */
const stall = 250

/**
 * Writes to a client, in pieces. What was handed over is written in its order, however slowly the client reads: a client
 * that reads one connection late must not hold up another.
 */
export class Writer {
  readonly #socket: Socket
  readonly #pieces: Generator<number, never>
  #queue: Bytes[] = []
  /** Resolves when all that was handed over is on its way. */
  #done = Promise.resolve()
  #written = 0

  constructor(socket: Socket, cut: Cut) {
    this.#socket = socket
    this.#pieces = sizes(cut)
  }

  write(bytes: Bytes): void {
    this.#queue.push(bytes)
    if (this.#queue.length > 1) return
    this.#then(async () => {
      // What has been handed over meanwhile goes out with it.
      const queued = Buffer.from(this.#queue.join(''), 'latin1')
      this.#queue = []
      await writeCut(this.#socket, queued, this.#pieces, () => this.#written++)
    })
  }

  /** Ends the connection behind all that was written. */
  end(): void {
    this.#then(() => new Promise(ended => this.#socket.end(ended)))
  }

  #then(next: () => Promise<void>): void {
    this.#done = this.#done.then(next)
    // Who waits for the end hears of a client that has left.
    this.#done.catch(() => undefined)
  }

  /** Resolves when all is on its way, rejects when the client has left before. */
  get done(): Promise<void> {
    return this.#done
  }

  /** Resolves when all is on its way, the client has left, or it has stopped reading. */
  flushed(): Promise<void> {
    return new Promise(resolve => {
      let before = this.#written
      const timer = setInterval(() => {
        if (this.#written === before) finish()
        before = this.#written
      }, stall)
      const finish = () => {
        clearInterval(timer)
        resolve()
      }
      this.#done.then(finish, finish)
    })
  }
}
