/** A part of a text, and where it had been before something was taken out between the parts. */
interface Part {
  from: number
  text: string
}

// The header of a frame of Docker's multiplexed streams; what a container wrote may be cut by it anywhere.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const frameHeader = /[\x01-\x03]\x00{4}[\s\S]{3}/g

/** A text without frame headers, and the way back from its places. */
export class Unframed {
  readonly text: string
  readonly #parts: Part[] = []

  /** @param framed bytes read as latin1. */
  constructor(framed: string) {
    let from = 0
    for (const { index, 0: header } of framed.matchAll(frameHeader)) {
      this.#parts.push({ from, text: framed.slice(from, index) })
      from = index + header.length
    }
    this.#parts.push({ from, text: framed.slice(from) })
    this.text = this.#parts.map(part => part.text).join('')
  }

  /** The ranges that a range of the text had in what was framed. */
  *ranges(start: number, end: number): Generator<[start: number, end: number]> {
    let at = 0
    for (const { from, text } of this.#parts) {
      if (at >= end) return
      const first = Math.max(start - at, 0)
      const last = Math.min(end - at, text.length)
      if (first < last) yield [from + first, from + last]
      at += text.length
    }
  }
}
