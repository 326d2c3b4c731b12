import { LastBytes } from './last-bytes.ts'
import { asLogged, restOfCharacter } from './utf8.ts'

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

  /** The last of them, as a log in JSON keeps them: each part of a line on its own. */
  logged(): { end: Buffer; unlogged: number } {
    const bytes = this.bytes()
    const parts: Buffer[] = []
    // The first of them may be the rest of a character.
    let at = this.isWhole ? 0 : restOfCharacter(bytes)
    // Where the parts of a line end is known when its start is among the bytes, or it is the last line.
    let offset = this.isWhole ? 0 : this.#line - bytes.length + at
    if (this.#line < bytes.length && !this.isWhole) {
      at = bytes.indexOf(newline) + 1
      offset = 0
    }
    while (at < bytes.length) {
      const full = at + partSize - (offset % partSize)
      const lineEnd = bytes.indexOf(newline, at) + 1
      const isLine = lineEnd > 0 && lineEnd <= full
      const to = isLine ? lineEnd : Math.min(full, bytes.length)
      const goesOn = !isLine && to < full
      const part = asLogged(bytes.subarray(at, to), goesOn)
      parts.push(part)
      if (goesOn) return { end: Buffer.concat(parts), unlogged: part.length }
      offset = isLine ? 0 : offset + to - at
      at = to
    }
    return { end: Buffer.concat(parts), unlogged: 0 }
  }

  /** Bytes at the end that are logged only when their line goes on or the container ends. */
  get unlogged(): number {
    return this.#line % partSize
  }
}
