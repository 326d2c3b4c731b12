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

interface RotatingLogOptions {
  connect(query: Omit<StampedLogQuery, 'signal'>, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  hasEnded(): Promise<boolean>
  /** The log has been rotated beyond the place, or its messages don't tell the place. */
  onUnproven(error: Error): void
  /** A look goes on. */
  onLook(): void
  signal: AbortSignal
}

/**
 * A log that is rotated, until the execution ends: each message once. It is read again and again from its end, because an
 * Engine that follows it skips messages when it is rotated, and says nothing; 20.10 repeats others, too. That the Engine's own
 * following brings anything is the sign to look.
 */
export async function* rotatingLog(
  first: { tail?: number; since?: string | undefined },
  options: RotatingLogOptions,
): AsyncGenerator<readonly LogEntry[], void, undefined> {
  const { connect, hasEnded, signal } = options
  const reader = new Reader(first, options)
  let isClean = false
  for (;;) {
    const closing = new AbortController()
    try {
      const activity = new Activity(
        await connect({ follow: true, tail: 0 }, AbortSignal.any([signal, closing.signal])),
      )
      for (let isOver = false; !isOver; ) {
        isOver = activity.isOver
        yield* reader.readOn()
        if (!isOver) await activity.next(signal)
      }
      isClean = activity.isClean
    } finally {
      closing.abort(over)
    }
    if (await hasEnded()) break
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
  isOver = false
  /** It ended as it does with the container. */
  isClean = false
  #arrival = Promise.withResolvers<void>()

  constructor(log: AsyncIterable<Uint8Array>) {
    void this.#listen(log)
  }

  async #listen(log: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const _ of log) this.#arrival.resolve()
      this.isClean = true
    } catch {
      // A failure of the log itself is that of the next look.
    }
    this.isOver = true
    this.#arrival.resolve()
  }

  async next(signal: AbortSignal): Promise<void> {
    const patience = new AbortController()
    const arrival = this.#arrival.promise.then(() => patience.abort(over))
    await Promise.race([pauseFor(longest, patience.signal, signal).catch(() => undefined), arrival])
    patience.abort(over)
    signal.throwIfAborted()
    // What came meanwhile is read, too.
    if (!this.isOver) await pauseFor(shortest, signal)
    this.#arrival = Promise.withResolvers<void>()
    if (this.isOver) this.#arrival.resolve()
  }
}

class Reader {
  readonly #options: RotatingLogOptions
  #first: { tail?: number; since?: string | undefined } | undefined
  /** The last messages that were read. */
  #place: LogEntry[] = []
  #key = ''
  /** The last of them is there twice. */
  #repeats = false
  #tail = firstTail

  constructor(first: { tail?: number; since?: string | undefined }, options: RotatingLogOptions) {
    this.#first = first
    this.#options = options
  }

  /** What the log has behind the place by now. */
  async *readOn(): AsyncGenerator<LogEntry[], void, undefined> {
    for (let failures = 0; ; ) {
      let brought = 0
      try {
        for await (const entries of this.#look()) {
          brought += entries.length
          yield entries
        }
        this.#tail = firstTail + Math.ceil(1.5 * brought)
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
      const query = isStart ? (this.#first ?? {}) : isAll ? {} : { tail }
      const before: LogEntry[] = []
      let isFound = isStart
      let count = 0
      let isPast = false
      for await (const entries of logEntries(await this.#options.connect({ follow: false, ...query }))) {
        this.#options.onLook()
        count += entries.length
        let at = 0
        if (!isFound) {
          at = entries.findIndex(entry => this.#isPlace(before, entry)) + 1
          isPast = at === 0 && this.#isPast(entries)
          if (isPast) break
          if (at === 0) continue
          isFound = true
        }
        const fresh = this.#provable(entries.slice(at))
        if (fresh.length === 0) continue
        this.#note(fresh)
        yield fresh
      }
      if (isFound) return
      if (!isAll && (count >= tail || isPast)) continue
      // All that the log has is newer.
      this.#options.onUnproven(new Error('the log was rotated faster than it was read'))
      this.#place = []
      this.#first = undefined
    }
  }

  /** Whether entries come after the place: those of a stream are logged in order. */
  #isPast(entries: readonly LogEntry[]): boolean {
    const last = this.#place.at(-1)
    return entries.some(({ stream, timestamp }) => stream === last?.stream && timestamp > last.timestamp)
  }

  /** Whether an entry is the last one that was read; `before`: those in front of it, to which it is added. */
  #isPlace(before: LogEntry[], entry: LogEntry): boolean {
    before.push(entry)
    if (before.length > placeLength) before.shift()
    const last = this.#place.at(-1)
    if (entry.timestamp !== last?.timestamp || keyOf(entry) !== this.#key) return false
    const length = Math.min(before.length, this.#place.length)
    for (let back = 2; back <= length; back++) {
      const [one, other] = [before.at(-back), this.#place.at(-back)]
      if (one && other && keyOf(one) !== keyOf(other)) return false
    }
    return true
  }

  /** Where parts of a long line are the same, none of them tells the place. */
  #provable(entries: LogEntry[]): LogEntry[] {
    const last = this.#place.at(-1)
    if (last === undefined || !this.#repeats) return entries
    const fresh = entries.filter(
      ({ stream, timestamp }) => stream !== last.stream || timestamp !== last.timestamp,
    )
    if (fresh.length < entries.length)
      this.#options.onUnproven(new Error('a long line that repeats itself may go on in its log'))
    return fresh
  }

  #note(fresh: readonly LogEntry[]): void {
    this.#place = [...this.#place, ...fresh.slice(-placeLength)].slice(-placeLength)
    const last = this.#place.at(-1)
    if (last === undefined) return
    this.#key = keyOf(last)
    const isSame = (entry: LogEntry) => entry.timestamp === last.timestamp && keyOf(entry) === this.#key
    this.#repeats = this.#place.filter(isSame).length > 1
  }
}

function keyOf({ stream, timestamp, bytes }: LogEntry): string {
  return `${stream} ${timestamp} ${bytes.length} ${crc32(bytes)}`
}

/** Shared, because creating an Error captures a stack. */
const over = new Error('the log is looked at no more')
