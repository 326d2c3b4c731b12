import type { LogEntry } from '../execution.ts'

/** How far one stream's messages were read. They are logged in order; the two streams are not. */
export class LogPosition {
  /** The timestamp of the last message. */
  #timestamp: string | undefined
  /** How many messages have that timestamp: the parts of a line share one. */
  #count = 0
  /** How many of them the connection brings again. */
  #again = 0
  /** How many messages were read. */
  total = 0

  add(timestamp: string): void {
    this.#count = timestamp === this.#timestamp ? this.#count + 1 : 1
    this.#timestamp = timestamp
    this.total++
  }

  /** The first timestamp that the next connection is to bring; `start` where nothing was read. */
  next(start: string): string {
    this.#again = this.#count
    return this.#timestamp ?? start
  }

  /** The messages of that connection which were not read before. Throws where the log no longer holds the last one. */
  fresh(entries: readonly LogEntry[]): LogEntry[] {
    return entries.filter(({ timestamp }) => {
      if (this.#again > 0) {
        const last = this.#timestamp ?? ''
        if (timestamp > last) throw new Error('the log no longer holds what was read of it')
        if (timestamp === last) this.#again--
        return false
      }
      this.add(timestamp)
      return true
    })
  }
}
