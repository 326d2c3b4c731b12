/** Milliseconds to wait after a read of a fast stream. */
export const restTime = 1

const kibibyte = 1024
/** Bytes a millisecond. Below this range reads are cheap; above it the kernel's buffer would fill before the pause is over. */
const [slowest, fastest] = [16 * kibibyte, 192 * kibibyte]
/** Milliseconds after which the rate is measured again. */
const reviewInterval = 16
/** A pause that brings fewer bytes than this was not worth it. */
const worthwhile = 32 * kibibyte
/** A read of this many bytes (Linux's net.core.wmem_default) emptied a full socket: its writer was waiting. */
const full = 208 * kibibyte

const monotonic = () => performance.now()

/**
 * Decides when to pause before the next read. An Engine sends output in pieces of 4 to 32 KiB, ten in a millisecond, and a
 * wake-up for each takes twice the CPU. A slow stream, as a terminal's, is never delayed.
 */
export class ReadPace {
  #seen = 0
  #since = 0
  #restingUntil = 0
  /** The previous read emptied a full socket, and no pause followed it. */
  #wasFull = false

  /** Whether to pause after a read of that many bytes; `clock` gives milliseconds. */
  restAfter(bytes: number, clock = monotonic): boolean {
    if (this.#restingUntil > 0) return this.#restAgain(bytes, clock)
    this.#seen += bytes
    // Checked before the clock is read: such a stream has thousands of reads a second.
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
    // Either the pause was a little too long or the stream needs none: the next read decides.
    if (this.#wasFull) return false
    const now = clock()
    if (now < this.#restingUntil && bytes < full && (bytes >= worthwhile || wasFull)) return true
    this.#restingUntil = 0
    this.#look(now)
    return false
  }

  /** Starts to measure the rate. */
  #look(now: number): void {
    this.#seen = 0
    this.#since = now
  }
}
