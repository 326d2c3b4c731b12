import { LastBytes } from './last-bytes.ts'
import { asLogged, restOfCharacter } from './utf8.ts'

/** Bytes that are kept to find the place in a log. */
const endSize = 32 * 1024
/** The Engine logs an unfinished line in parts of this size. */
const partSize = 16 * 1024
const newline = 10

/** The end of what was delivered of one stream. */
export class DeliveredTail {
  #last = new LastBytes(endSize)
  /** Bytes of the unfinished line, as the container printed it. */
  #line = 0
  /** Bytes at the end that were read from the log, which has them as they are. */
  #fromLog = 0

  add(bytes: Uint8Array, source: 'attach' | 'log' = 'attach'): void {
    this.#last.add(bytes)
    this.#fromLog = source === 'log' ? this.#fromLog + bytes.length : 0
    // A log may have replaced bytes, so that the line's length in it is another.
    if (source === 'log') return
    const unfinished = bytes.length - bytes.lastIndexOf(newline) - 1
    this.#line = unfinished === bytes.length ? this.#line + unfinished : unfinished
  }

  /** From now on nothing has been delivered. */
  reset(): void {
    this.#last = new LastBytes(endSize)
    this.#line = this.#fromLog = 0
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
    const all = this.bytes()
    const bytes = all.subarray(0, Math.max(0, all.length - this.#fromLog))
    const rest = all.subarray(bytes.length)
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
      if (goesOn && rest.length === 0) return { end: Buffer.concat(parts), unlogged: part.length }
      offset = isLine ? 0 : offset + to - at
      at = to
    }
    return { end: Buffer.concat([...parts, rest]), unlogged: 0 }
  }

  /** Bytes at the end that are logged only when their line goes on or the container ends. */
  get unlogged(): number {
    return this.#fromLog > 0 ? 0 : this.#line % partSize
  }
}
