import { LastBytes } from './last-bytes.ts'
import { completeLength, restOfCharacter } from './utf8.ts'

/** The start and the end of a stream, half of the bytes that may be kept for each. */
export class Capture {
  readonly #limit: number
  readonly #head: LastBytes
  readonly #tail: LastBytes
  #total = 0

  /** @param limit bytes. */
  constructor(limit: number) {
    this.#limit = limit
    this.#head = new LastBytes(Math.floor(limit / 2))
    this.#tail = new LastBytes(limit - this.#head.limit)
  }

  add(bytes: Uint8Array): void {
    const first = this.#head.limit - this.#head.total
    if (first > 0) this.#head.add(bytes.subarray(0, first))
    if (bytes.length > first) this.#tail.add(bytes.subarray(Math.max(0, first)))
    this.#total += bytes.length
  }

  /** What was kept, as text. Where bytes are missing, a line in between says how many; no character is cut in two. */
  text(): string {
    if (this.#limit === 0) return ''
    const [head, tail] = [this.#head.bytes(), this.#tail.bytes()]
    if (this.dropped === 0) return Buffer.concat([head, tail]).toString('utf8')
    const start = head.toString('utf8', 0, completeLength(head))
    return `${start}\n[${this.dropped} bytes not kept]\n${tail.toString('utf8', restOfCharacter(tail))}`
  }

  /** How many bytes between the start and the end were not kept. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#limit)
  }
}
