import { LastBytes } from './last-bytes.ts'

/** Bytes that are kept to find the place in a log. */
const endSize = 32 * 1024
/** The Engine logs an unfinished line in parts of this size. */
const partSize = 16 * 1024
const newline = 10

/** The end of what was delivered of one stream. */
export class DeliveredEnd {
  readonly #last = new LastBytes(endSize)
  #line = 0

  add(bytes: Uint8Array): void {
    this.#last.add(bytes)
    const behind = bytes.length - bytes.lastIndexOf(newline) - 1
    this.#line = behind === bytes.length ? this.#line + behind : behind
  }

  /** Bytes in all. */
  get total(): number {
    return this.#last.total
  }

  /** Whether `bytes` gives all of them. */
  get isWhole(): boolean {
    return this.#last.total <= endSize
  }

  /** The last of them. */
  bytes(): Buffer {
    return this.#last.bytes()
  }

  /** Bytes at the end that are logged only when their line goes on or the container ends. */
  get unlogged(): number {
    return this.#line % partSize
  }
}
