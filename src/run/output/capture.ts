import { LastBytes } from './last-bytes.ts'
import { isContinuation, restOfCharacter } from './utf8.ts'

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
    const [head, tail] = [this.#head.bytes(), this.#tail.bytes()]
    if (this.dropped === 0) return Buffer.concat([head, tail]).toString('utf8')
    if (this.#limit === 0) return ''
    return `${withoutCutEnd(head).toString('utf8')}\n[${this.dropped} bytes not kept]\n${tail.toString('utf8', restOfCharacter(tail))}`
  }

  /** How many bytes between the start and the end were not kept. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#limit)
  }
}

function withoutCutEnd(bytes: Buffer): Buffer {
  let start = bytes.length - 1
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start--
  return bytes.length - start < lengthOf(bytes[start]) ? bytes.subarray(0, Math.max(0, start)) : bytes
}

/** Bytes of the UTF-8 character that begins with this one. */
function lengthOf(byte = 0): number {
  if (byte >= 0xf0) return 4
  if (byte >= 0xe0) return 3
  return byte >= 0xc0 ? 2 : 1
}
