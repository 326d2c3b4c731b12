const firstSize = 4096

/** The begin and the end of a stream, half of the bytes that may be kept for each. */
export class Capture {
  readonly #limit: number
  readonly #head: Kept
  readonly #tail: Kept
  #total = 0

  /** @param limit bytes. */
  constructor(limit: number) {
    this.#limit = limit
    this.#head = new Kept(Math.floor(limit / 2))
    this.#tail = new Kept(limit - this.#head.limit)
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
    return `${withoutCutEnd(head).toString('utf8')}\n[${this.dropped} bytes not kept]\n${withoutCutBegin(tail).toString('utf8')}`
  }

  /** How many bytes between the begin and the end were not kept. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#limit)
  }
}

/** The last bytes of what is added, in a ring that grows up to the limit. */
class Kept {
  readonly limit: number
  total = 0
  #ring = Buffer.alloc(0)

  constructor(limit: number) {
    this.limit = limit
  }

  add(bytes: Uint8Array): void {
    if (this.limit > 0) this.#write(bytes)
    this.total += bytes.length
  }

  #write(bytes: Uint8Array): void {
    const skipped = Math.max(0, bytes.length - this.limit)
    const kept = bytes.subarray(skipped)
    this.#reserve(Math.min(this.limit, this.total + bytes.length))
    const at = (this.total + skipped) % this.limit
    const room = Math.min(kept.length, this.limit - at)
    this.#ring.set(kept.subarray(0, room), at)
    this.#ring.set(kept.subarray(room), 0)
  }

  #reserve(size: number): void {
    if (size <= this.#ring.length) return
    const grown = Buffer.alloc(Math.min(this.limit, Math.max(size, firstSize, this.#ring.length * 2)))
    grown.set(this.#ring)
    this.#ring = grown
  }

  bytes(): Buffer {
    if (this.total <= this.limit) return this.#ring.subarray(0, this.total)
    const at = this.limit === 0 ? 0 : this.total % this.limit
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)])
  }
}

function withoutCutBegin(bytes: Buffer): Buffer {
  let start = 0
  while (start < 3 && isContinuation(bytes[start])) start++
  return bytes.subarray(start)
}

function withoutCutEnd(bytes: Buffer): Buffer {
  let start = bytes.length - 1
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start--
  return bytes.length - start < lengthOf(bytes[start]) ? bytes.subarray(0, Math.max(0, start)) : bytes
}

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80
}

/** Bytes of the UTF-8 character that begins with this one. */
function lengthOf(byte = 0): number {
  if (byte >= 0xf0) return 4
  if (byte >= 0xe0) return 3
  return byte >= 0xc0 ? 2 : 1
}
