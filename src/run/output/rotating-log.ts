import { crc32 } from 'node:zlib'
import { isStatus } from '../../engine/error.ts'
import type { LogEntry, StampedLogQuery } from '../execution.ts'
import { logEntries } from '../log-entries.ts'
import { isUnanswered, pauseFor } from '../retry.ts'

/** The messages by which the place in a log is known again. */
const placeLength = 64
/** Milliseconds between two looks: at least, and at most where nothing says that there is more. */
const shortest = 100
const longest = 5_000
/** Messages of the first look from the log's end; more of them than the second number is all. */
const firstTail = 256
const longestTail = 1_000_000
/** How many looks in a row may break off and bring nothing. */
const failuresLimit = 30
const newline = 10

/** Where in the log the reading begins. */
interface LogStart {
  /** So many messages from the end. */
  tail?: number
  /** At that time. */
  since?: string | undefined
}

interface RotatingLogOptions {
  connect(query: Omit<StampedLogQuery, 'signal'>, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  hasEnded(): Promise<boolean>
  /** The log was rotated beyond the place, or its messages don't tell the place. */
  onUnproven(error: Error): void
  /** A look goes on through messages that were read before. */
  onLook(): void
  signal: AbortSignal
}

/**
 * A log that is rotated, until the execution ends: each message once. It is read again and again from its end, because an
 * Engine that follows it skips messages when it is rotated, and says nothing; 20.10 repeats others, too. What the Engine's own
 * following brings is only the sign to look.
 */
export async function* rotatingLog(
  first: LogStart,
  options: RotatingLogOptions,
): AsyncGenerator<readonly LogEntry[], void, undefined> {
  const { connect, hasEnded, signal } = options
  const reader = new Reader(first, options)
  let isClean = false
  for (let ended = false; !ended; ) {
    const closing = new AbortController()
    try {
      const activity = new Activity(
        await connect({ follow: true, tail: 0 }, AbortSignal.any([signal, closing.signal])),
      )
      for (let isOver = false; !isOver && !ended; ) {
        isOver = activity.isOver
        yield* reader.readOn()
        // An Engine may not end the following of a log that was rotated.
        if (!isOver && !(await activity.next(signal))) ended = await hasEnded()
      }
      isClean = activity.isClean
    } finally {
      closing.abort(over)
    }
    ended ||= await hasEnded()
    if (!ended) await pauseFor(shortest, signal)
  }
  try {
    yield* reader.readOn()
  } catch (error) {
    // The container was removed meanwhile: its log had been read to its end.
    if (!isClean || !isStatus(error, 404)) throw error
  }
}

/** What a followed log brings, as a sign that there is more to read. */
class Activity {
  /** It ended as it does with the container. */
  isClean = false
  #arrival = new AbortController()
  readonly #end = new AbortController()

  constructor(log: AsyncIterable<Uint8Array>) {
    void this.#listen(log)
  }

  get isOver(): boolean {
    return this.#end.signal.aborted
  }

  async #listen(log: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const _ of log) this.#arrival.abort(over)
      this.isClean = true
    } catch {
      // A failure of the log itself is that of the next look.
    }
    this.#end.abort(over)
    this.#arrival.abort(over)
  }

  /** Waits until there is more; false where nothing came for long. */
  async next(signal: AbortSignal): Promise<boolean> {
    const arrival = this.#arrival.signal
    await pauseFor(longest, arrival, signal).catch(() => undefined)
    signal.throwIfAborted()
    if (!arrival.aborted) return false
    // One look reads what comes until then. At the end the look follows at once: the container may be removed.
    await pauseFor(shortest, this.#end.signal, signal).catch(() => undefined)
    signal.throwIfAborted()
    if (!this.isOver) this.#arrival = new AbortController()
    return true
  }
}

/** A message that was read. */
interface Mark {
  /** Its stream and its timestamp, which the parts of a long line share. */
  line: string
  /** The same, and the length and a checksum of its bytes. */
  key: string
  endsLine: boolean
}

class Reader {
  readonly #options: RotatingLogOptions
  #first: LogStart
  /** The last messages that were read. */
  #place: Mark[] = []
  /** The latest timestamp that was read of each stream. */
  readonly #newest = { stdout: '', stderr: '' }
  #tail = firstTail

  constructor(first: LogStart, options: RotatingLogOptions) {
    this.#first = first
    this.#options = options
  }

  /** What the log has after the place by now. */
  async *readOn(): AsyncGenerator<LogEntry[], void, undefined> {
    for (let failures = 0; ; ) {
      let brought = 0
      try {
        for await (const entries of this.#look()) {
          brought += entries.length
          yield entries
        }
        this.#tail = Math.max(firstTail, 2 * brought)
        return
      } catch (error) {
        // An Engine that rotates the log meanwhile may not find its files.
        const isPassing = isUnanswered(error) || String(error).includes('no such file')
        failures = brought > 0 ? 0 : failures + 1
        if (!isPassing || failures > failuresLimit) throw error
        await pauseFor(shortest * failures, this.#options.signal)
      }
    }
  }

  async *#look(): AsyncGenerator<LogEntry[], void, undefined> {
    for (let tail = this.#tail; ; tail *= 8) {
      const isStart = this.#place.length === 0
      const isAll = isStart || tail > longestTail
      const query = isStart ? this.#first : isAll ? {} : { tail }
      const newest = { ...this.#newest }
      const before: Mark[] = []
      let isFound = isStart
      let count = 0
      let isPast = false
      for await (const entries of logEntries(await this.#options.connect({ follow: false, ...query }))) {
        // A short look reads mostly old messages. It is no activity, which would put off the idle timeout.
        if (tail > firstTail) this.#options.onLook()
        count += entries.length
        let at = 0
        if (!isFound) {
          at = entries.findIndex(entry => this.#isPlace(before, entry)) + 1
          isPast = at === 0 && entries.some(({ stream, timestamp }) => timestamp > newest[stream])
          if (isPast) break
          if (at === 0) continue
          isFound = true
        }
        const rest = entries.slice(at)
        this.#note(rest)
        // Without the place, the timestamps are what keeps a message from coming twice.
        const fresh = isStart ? rest.filter(({ stream, timestamp }) => timestamp > newest[stream]) : rest
        if (fresh.length > 0) yield fresh
      }
      if (isFound) return
      if (!isAll && (count >= tail || isPast)) continue
      this.#options.onUnproven(new Error(this.#repeats ? repeatedLine : rotated))
      this.#place = []
      this.#first = {}
    }
  }

  /** Whether an entry is the last one that was read; `before`: those in front of it, to which it is added. */
  #isPlace(before: Mark[], entry: LogEntry): boolean {
    before.push(markOf(entry))
    if (before.length > placeLength) before.shift()
    const last = this.#place.at(-1)
    if (last === undefined || before.at(-1)?.key !== last.key) return false
    const length = Math.min(before.length, this.#place.length)
    const same = this.#place.slice(-length)
    if (!before.slice(-length).every(({ key }, index) => key === same[index]?.key)) return false
    // Parts of one line that are the same don't tell the place.
    if (same.some(({ line }) => line !== last.line)) return true
    return !this.#repeats && (last.endsLine || length === this.#place.length)
  }

  /** Whether the last message that was read is among the others, too. */
  get #repeats(): boolean {
    const last = this.#place.at(-1)
    return this.#place.filter(({ key }) => key === last?.key).length > 1
  }

  #note(entries: readonly LogEntry[]): void {
    const marks = entries.slice(-placeLength).map(markOf)
    this.#place = [...this.#place, ...marks].slice(-placeLength)
    for (const { stream, timestamp } of entries)
      if (timestamp > this.#newest[stream]) this.#newest[stream] = timestamp
  }
}

function markOf({ stream, timestamp, bytes }: LogEntry): Mark {
  const line = `${stream} ${timestamp}`
  return { line, key: `${line} ${bytes.length} ${crc32(bytes)}`, endsLine: bytes.at(-1) === newline }
}

/** Why what comes next in a log can't be proven to follow what was read. */
export const rotated = 'the log was rotated faster than it was read'
const repeatedLine = 'a long line that repeats itself may go on in its log'

/** Shared, because creating an Error captures a stack. */
const over = new Error('the reading of the log is over')
