import type { LogEntry } from '../execution.ts'

/** Messages of one stream of a task that are remembered. */
const remembered = 4_096
const newline = 0x0a

/**
 * Finds messages that come a second time: after a change of the leader, a Swarm may send the log of a task twice. The messages
 * of a stream are distinguished by their times; the parts of a long line share one.
 */
export class Repeats {
  readonly #streams = new Map<string, { times: Set<string>; last: Pick<LogEntry, 'timestamp' | 'bytes'> }>()
  #repeating = false

  /** Whether the message is new. */
  take(task: string, { stream, timestamp, bytes }: LogEntry): boolean {
    const key = `${task} ${stream}`
    const known = this.#streams.get(key)
    if (known === undefined) {
      this.#streams.set(key, { times: new Set([timestamp]), last: { timestamp, bytes } })
      return true
    }
    const { times, last } = known
    const goesOn = last.timestamp === timestamp && last.bytes.at(-1) !== newline
    if (goesOn && this.#repeating && Buffer.from(last.bytes).equals(bytes)) return false
    if (!goesOn && times.has(timestamp)) {
      this.#repeating = true
      return false
    }
    times.add(timestamp)
    const [oldest] = times
    if (times.size > remembered && oldest !== undefined) times.delete(oldest)
    known.last = { timestamp, bytes }
    return true
  }
}
