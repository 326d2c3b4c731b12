const firstSize = 1024
const nothing = Buffer.alloc(0)

/** The last bytes of what is added, in a ring that grows up to the limit. */
export class LastBytes {
  readonly limit: number
  /** How many bytes came in all. */
  total = 0
  #ring = nothing

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
    const grown = Buffer.allocUnsafe(Math.min(this.limit, Math.max(size, firstSize, this.#ring.length * 2)))
    grown.set(this.#ring)
    this.#ring = grown
  }

  /** What was kept, as bytes of its own. */
  bytes(): Buffer {
    if (this.total <= this.limit) return Buffer.from(this.#ring.subarray(0, this.total))
    const at = this.limit === 0 ? 0 : this.total % this.limit
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)])
  }
}
