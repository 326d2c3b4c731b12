import { isAscii } from 'node:buffer'
import { completeLength } from './utf8.ts'

/** A line that the container printed, without its end. */
export interface Line {
  /** Which of the two streams. */
  stream: 'stdout' | 'stderr'
  /** Without its newline. */
  text: string
}

/** Lines of one stream that came together, without their ends. */
export interface LineBatch {
  /** Which of the two streams. */
  stream: 'stdout' | 'stderr'
  /** Without their newlines, in order. */
  lines: readonly string[]
}

/** A line longer than this comes in several pieces. */
const longestLine = 1024 * 1024

const newline = 10
const nothing = new Uint8Array(0)

/** Cuts one stream's bytes into lines of text. A newline is never part of another character in UTF-8. */
export class LineSplitter {
  readonly #end: RegExp | string
  #pending: Uint8Array[] = []
  #size = 0
  /** A piece of the line under way has been given already. */
  #inPieces = false

  /** @param tty a terminal ends its lines with a carriage return, too. */
  constructor(tty: boolean) {
    this.#end = tty ? /\r?\n/ : '\n'
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    const cut = bytes.lastIndexOf(newline) + 1
    if (cut === 0) {
      this.#keep(bytes)
      return this.#size > longestLine ? [this.#flushCharacters()] : []
    }
    // Only the first line may have begun before: the others need no copy.
    const first = this.#size === 0 ? 0 : bytes.indexOf(newline) + 1
    const lines = this.#split(textOf(bytes.subarray(first, cut)))
    if (first > 0) lines.unshift(...this.#split(this.#flush(bytes.subarray(0, first))))
    // The end of a line that was given in pieces is not a line of its own.
    if (this.#inPieces && lines[0] === '') lines.shift()
    this.#inPieces = false
    this.#keep(bytes.subarray(cut))
    return lines
  }

  /** Of text that ends with a line's end. */
  #split(text: string): string[] {
    const lines = text.split(this.#end)
    lines.pop()
    return lines
  }

  /** What is left when the stream ends: a last line that has no end. */
  end(): string[] {
    return this.#size === 0 ? [] : [this.#flush(nothing)]
  }

  // A copy: the bytes are part of a larger buffer that must not be kept alive. Buffer's slice() does not copy.
  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#pending.push(new Uint8Array(bytes))
    this.#size += bytes.length
  }

  #flush(last: Uint8Array): string {
    const text = textOf(Buffer.concat([...this.#pending, last]))
    this.#pending = []
    this.#size = 0
    return text
  }

  // Leaves a character that is still incomplete for the next piece.
  #flushCharacters(): string {
    const bytes = Buffer.concat(this.#pending)
    const cut = completeLength(bytes)
    this.#pending = []
    this.#size = 0
    this.#inPieces = true
    this.#keep(bytes.subarray(cut))
    return bytes.toString('utf8', 0, cut)
  }
}

// Most output is ASCII, and that is quicker to decode.
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(
    isAscii(bytes) ? 'latin1' : 'utf8',
  )
}
