import type { Duplex } from 'node:stream'

/**
 * Sockets that are ended together. Not a Set: each time V8 tidies up one that thousands come to and go from, the table before
 * keeps alive what was in it, and the table after, until the next major collection.
 */
export class Sockets {
  readonly #sockets: Duplex[] = []

  add(socket: Duplex): void {
    this.#sockets.push(socket)
  }

  /** Without effect when it is not there. */
  delete(socket: Duplex): void {
    const at = this.#sockets.indexOf(socket)
    if (at >= 0) this.#sockets.splice(at, 1)
  }

  /** Those that are there; whoever reads them meets that error. */
  destroy(error: Error): void {
    for (const socket of [...this.#sockets]) socket.destroy(error)
  }
}
