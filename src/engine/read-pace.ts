/** Milliseconds that a fast stream is left alone for after a read. */
export const restTime = 1

const kibibyte = 1024
/** Bytes a millisecond: below, a read is no burden; above, the buffers of the kernel would be full before the rest is over. */
const [slowest, fastest] = [16 * kibibyte, 192 * kibibyte]
/** Milliseconds after which it is seen anew how fast the stream is. */
const reviewInterval = 16
/** A rest that brings less than this many bytes was not worth it. */
const worthwhile = 32 * kibibyte
/** A read of this many bytes emptied a socket that was full, by Linux's default of what it holds: its writer waited. */
const full = 208 * kibibyte

/**
 * Tells when to read late and much: an Engine sends output in pieces of 4 to 32 KiB, ten in a millisecond, and to be
 * woken for each takes twice the CPU. What comes slowly, as to someone who types, is never kept waiting.
 */
export class ReadPace {
  #seen = 0
  #since = 0
  #restingUntil = 0

  /** Whether to rest after a read of that many bytes; `clock` gives milliseconds. */
  restAfter(bytes: number, clock: () => number = () => performance.now()): boolean {
    if (this.#restingUntil > 0) {
      const now = clock()
      if (now < this.#restingUntil && bytes >= worthwhile && bytes < full) return true
      this.#restingUntil = 0
      this.#look(now)
      return false
    }
    this.#seen += bytes
    // Not even the time is asked for: it would be, for each of five thousand reads a gigabyte.
    if (bytes >= full) return false
    const now = clock()
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
