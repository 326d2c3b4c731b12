import type { LogEntry } from '../execution.ts'

/** Where delivery of a task's log stopped: its last message, as the log of its node knows it. */
export interface TaskCursor {
  stream: LogEntry['stream']
  timestamp: string
  /** How many messages of that stream and timestamp were delivered: the parts of a long line share one. */
  count: number
}

/** The cursor after one more message. */
export function advance(cursor: TaskCursor | undefined, { stream, timestamp }: LogEntry): TaskCursor {
  const again = cursor?.stream === stream && cursor.timestamp === timestamp
  return { stream, timestamp, count: again ? cursor.count + 1 : 1 }
}

/** Finds what comes after a cursor in a task's log; called with its messages in order. */
export class AfterCursor {
  readonly #cursor: TaskCursor | undefined
  #seen = 0
  #passed: boolean
  /** The log has later messages, and not the one of the cursor. */
  missed = false

  constructor(cursor: TaskCursor | undefined) {
    this.#cursor = cursor
    this.#passed = cursor === undefined
  }

  /** Whether the log had the cursor's message; true without a cursor. */
  get found(): boolean {
    return this.#passed && !this.missed
  }

  /** Whether the message was not delivered yet. */
  take({ stream, timestamp }: Pick<LogEntry, 'stream' | 'timestamp'>): boolean {
    if (this.#passed || this.#cursor === undefined) return true
    if (stream !== this.#cursor.stream || timestamp < this.#cursor.timestamp) return false
    // Within one stream a log is in order of its timestamps, which compare as text.
    this.missed = timestamp > this.#cursor.timestamp
    if (!this.missed) this.#seen++
    this.#passed = this.missed || this.#seen === this.#cursor.count
    return this.missed
  }
}
