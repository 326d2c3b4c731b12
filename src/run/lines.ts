/** A line that the container printed, without its end. */
export interface Line {
  stream: 'stdout' | 'stderr'
  text: string
}

/** A line longer than this comes in several pieces. */
const longestLine = 1024 * 1024

const newline = 10
const nothing = new Uint8Array(0)

/** Cuts one stream's bytes into lines of text. A newline is never part of another character in UTF-8. */
export class LineSplitter {
  readonly #stream: Line['stream']
  readonly #end: RegExp | string
  #pending: Uint8Array[] = []
  #size = 0
  /** A piece of the line under way has been given already. */
  #inPieces = false

  /** @param tty a terminal ends its lines with a carriage return, too. */
  constructor(stream: Line['stream'], tty: boolean) {
    this.#stream = stream
    this.#end = tty ? /\r?\n/ : '\n'
  }

  /** Adds the lines that these bytes complete. */
  push(bytes: Uint8Array, lines: Line[]): void {
    const cut = bytes.lastIndexOf(newline) + 1
    if (cut === 0) {
      this.#keep(bytes)
      if (this.#size > longestLine) lines.push({ stream: this.#stream, text: this.#flushCharacters() })
      return
    }
    // Only the first line may have begun before: the others need no copy.
    const first = this.#size === 0 ? 0 : bytes.indexOf(newline) + 1
    if (first > 0) this.#split(this.#flush(bytes.subarray(0, first)), lines)
    if (cut > first) this.#split(textOf(bytes.subarray(first, cut)), lines)
    this.#keep(bytes.subarray(cut))
  }

  /** Adds what is left when the stream ends: a last line that has no end. */
  end(lines: Line[]): void {
    if (this.#size > 0) lines.push({ stream: this.#stream, text: this.#flush(nothing) })
  }

  #split(text: string, lines: Line[]): void {
    const texts = text.split(this.#end)
    texts.pop()
    // The end of a line that was given in pieces is no line.
    if (this.#inPieces && texts[0] === '') texts.shift()
    this.#inPieces = false
    for (const text of texts) lines.push({ stream: this.#stream, text })
  }

  // A copy: the bytes are part of a larger buffer that must not be kept alive. A Buffer's slice() would be none.
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

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('utf8')
}

/** How many bytes remain when a character cut off at the end is left out. */
function completeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needed > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}
