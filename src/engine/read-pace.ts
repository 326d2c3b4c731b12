/** Milliseconds that a fast stream is left alone for after a read. */
export const restTime = 1

const kibibyte = 1024
/** Bytes a millisecond: below, a read is no burden; above, the buffers of the kernel would be full before the rest is over. */
const [slowest, fastest] = [16 * kibibyte, 192 * kibibyte]
/** Milliseconds after which it is seen anew how fast the stream is. */
const reviewInterval = 16
/** A rest that brings less than this many bytes was not worth it. */
const worthwhile = 32 * kibibyte

/**
 * Tells when to read late and much: an Engine sends output in pieces of 4 to 32 KiB, ten in a millisecond, and to be
 * woken for each takes twice the CPU. What comes slowly, as to someone who types, is never kept waiting.
 */
export class ReadPace {
  #seen = 0
  #since = 0
  #restingUntil = 0

  /** Whether to rest after a read of that many bytes; `now` in milliseconds. */
  restAfter(bytes: number, now = performance.now()): boolean {
    if (this.#restingUntil > 0) {
      if (now < this.#restingUntil && bytes >= worthwhile) return true
      this.#restingUntil = 0
      this.#look(now)
      return false
    }
    this.#seen += bytes
    const elapsed = now - this.#since
    if (elapsed < 1) return false
    const rate = this.#seen / elapsed
    this.#look(now)
    if (rate < slowest || rate > fastest) return false
    this.#restingUntil = now + reviewInterval
    return true
  }

  /** What comes from now on tells how fast the stream is. */
  #look(now: number): void {
    this.#seen = 0
    this.#since = now
  }
}
