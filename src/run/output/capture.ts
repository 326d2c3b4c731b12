const firstSize = 4096

/** The end of a stream, as many bytes of it as may be kept. */
export class Capture {
  readonly #limit: number
  #ring = Buffer.alloc(0)
  #total = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(bytes: Uint8Array): void {
    if (this.#limit > 0) this.#write(bytes)
    this.#total += bytes.length
  }

  #write(bytes: Uint8Array): void {
    const skipped = Math.max(0, bytes.length - this.#limit)
    const kept = bytes.subarray(skipped)
    this.#reserve(Math.min(this.#limit, this.#total + bytes.length))
    const at = (this.#total + skipped) % this.#limit
    const room = Math.min(kept.length, this.#limit - at)
    this.#ring.set(kept.subarray(0, room), at)
    this.#ring.set(kept.subarray(room), 0)
  }

  #reserve(size: number): void {
    if (size <= this.#ring.length) return
    const grown = Buffer.alloc(Math.min(this.#limit, Math.max(size, firstSize, this.#ring.length * 2)))
    grown.set(this.#ring)
    this.#ring = grown
  }

  /** What was kept, as text; begins at a character. */
  text(): string {
    if (this.dropped === 0) return this.#ring.toString('utf8', 0, this.#total)
    const at = this.#limit === 0 ? 0 : this.#total % this.#limit
    const bytes = Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)])
    let start = 0
    while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
    return bytes.toString('utf8', start)
  }

  /** How many bytes came before what was kept. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#limit)
  }
}
