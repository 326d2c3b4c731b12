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
  #queued: Bytes = ''
  /** Resolves when all that was handed over is on its way. */
  #done = Promise.resolve()

  constructor(socket: Socket, cut: Cut) {
    this.#socket = socket
    this.#pieces = sizes(cut)
  }

  write(bytes: Bytes): void {
    const waits = this.#queued !== ''
    this.#queued += bytes
    // What is handed over until then goes out with it.
    if (!waits) this.#then(() => this.#writeQueued())
  }

  #writeQueued(): Promise<void> {
    const bytes = Buffer.from(this.#queued, 'latin1')
    this.#queued = ''
    return writeCut(this.#socket, bytes, this.#pieces)
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
      let before = this.#socket.bytesWritten
      const timer = setInterval(() => {
        const { bytesWritten } = this.#socket
        if (bytesWritten === before) finish()
        before = bytesWritten
      }, stall)
      const finish = () => {
        clearInterval(timer)
        resolve()
      }
      this.#done.then(finish, finish)
    })
  }
}
