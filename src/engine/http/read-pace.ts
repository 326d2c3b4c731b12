/** Milliseconds that a fast stream is left alone for after a read. */
export const restTime = 1

const kibibyte = 1024
/** Bytes a millisecond: below, a read is no burden; above, the buffers of the kernel would be full before the rest is over. */
const [slowest, fastest] = [16 * kibibyte, 192 * kibibyte]
/** Milliseconds after which it is seen anew how fast the stream is. */
const reviewInterval = 16
/** A rest that brings less than this many bytes was not worth it. */
const worthwhile = 32 * kibibyte
/** A read of this many bytes emptied a socket that was full, by Linux's net.core.wmem_default: its writer waited. */
const full = 208 * kibibyte

const monotonic = () => performance.now()

/**
 * Tells when to read late and much: an Engine sends output in pieces of 4 to 32 KiB, ten in a millisecond, and to be
 * woken for each takes twice the CPU. What comes slowly, as to someone who types, is never kept waiting.
 */
export class ReadPace {
  #seen = 0
  #since = 0
  #restingUntil = 0
  /** The read before filled the socket, and no rest was made after it. */
  #wasFull = false

  /** Whether to rest after a read of that many bytes; `clock` gives milliseconds. */
  restAfter(bytes: number, clock = monotonic): boolean {
    if (this.#restingUntil > 0) return this.#restAgain(bytes, clock)
    this.#seen += bytes
    // Before the clock is read: so fast a stream has thousands of reads a second.
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

  #restAgain(bytes: number, clock: () => number): boolean {
    const wasFull = this.#wasFull
    this.#wasFull = bytes >= full && !wasFull
    // A rest may have been a little too long, or the stream be so fast that there should be none: the next read tells.
    if (this.#wasFull) return false
    const now = clock()
    if (now < this.#restingUntil && bytes < full && (bytes >= worthwhile || wasFull)) return true
    this.#restingUntil = 0
    this.#look(now)
    return false
  }

  /** What comes from now on tells how fast the stream is. */
  #look(now: number): void {
    this.#seen = 0
    this.#since = now
  }
}
