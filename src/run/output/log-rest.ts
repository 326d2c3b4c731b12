import { isAscii } from 'node:buffer'
import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { ExecutionState, LogEntry, OutputSource, StampedLogQuery, Streams } from '../execution.ts'
import { logEntries } from '../log-entries.ts'
import { isUnanswered } from '../retry.ts'
import type { DeliveredTail } from './delivered.ts'
import {
  AfterPlaces,
  before,
  type Delivered,
  type Located,
  locate,
  type Place,
  repeats,
  streams,
} from './locate.ts'
import { LogPosition } from './log-position.ts'
import { rotated, rotatingLog } from './rotating-log.ts'
import { mismatch, Skip } from './skip.ts'
import { hasReplacement } from './utf8.ts'

/** Numbers of messages from the log's end that are searched. */
const windows = [64, 512, 4_096, 32_768] as const
/** Bytes of one window: more of them count as unclear. */
const windowLimit = 8 * 1024 * 1024
/** Bytes of one stream by which the log's writing may be behind what was delivered: the Engine's buffer, and more. */
const mostBehind = 2 * 1024 * 1024

/** How what was delivered stands in the log: as it was printed, or as JSON keeps it. */
type Form = 'raw' | 'logged'

type LogPart = Omit<StampedLogQuery, 'signal'>

/** What is known of a log when it is opened. */
interface LogState extends Pick<ExecutionState, 'logRotates' | 'followSkips'> {
  /** The execution has ended: the log is read to its end, and not followed. */
  ended: boolean
  /** It may lack some of what was delivered for good: without the place it is not read from its start. */
  mayLack: boolean
  /** It may be behind what was delivered, and will be opened again. */
  isPatient: boolean
}

/** What {@link LogRest} needs of the run that it reads for. */
interface LogRestOptions {
  execution: Streams
  signal: AbortSignal
  onGap(reason: string): void
  /** From here on the bytes don't prove that nothing is missing. */
  onUnproven(error: Error): void
  hasEnded(): Promise<boolean>
  /** The log brought something. */
  onRead(): void
}

/** Milliseconds after the end of a container until which the Engine writes its log, a bit less. */
const logPatience = 9_000

const nothing = Buffer.alloc(0)

type Batches = AsyncGenerator<readonly LogEntry[], void, undefined>

/** Reads the log of an execution from where delivery stopped. */
export class LogRest {
  readonly #delivered: Readonly<Record<'stdout' | 'stderr', DeliveredTail>>
  readonly #options: LogRestOptions
  #form: Form = 'raw'
  /** Compares the log with what was delivered, and leaves it out. */
  #skip: Skip | undefined
  #logRotates = true
  #followSkips = false
  #replacementReported = false
  /** The time after which the log begins, as far as this is concerned; undefined for its start. */
  #since: string | undefined
  /** Some of the log that is being read was delivered. */
  #hasDelivered = false
  /** The log that is being read came stream by stream, not in the order of both. */
  #isByStream = false

  constructor(delivered: Readonly<Record<'stdout' | 'stderr', DeliveredTail>>, options: LogRestOptions) {
    this.#delivered = delivered
    this.#options = options
  }

  /** The clean end of the source is that of the output: the log was opened, or read on, after the execution had ended. */
  isFinal = false
  /** The timestamp of the last message that was delivered; undefined where the last bytes are not from a log with timestamps. */
  deliveredUntil: string | undefined

  /** False where the log was read, and has not shown all of what was delivered. */
  get isCaughtUp(): boolean {
    return this.#skip?.done !== false
  }

  /**
   * From now on the log is taken for one that replaces what is not UTF-8. A part of a line may end inside a character, so
   * that UTF-8 is replaced, too. False where the log was read as such, or holds the same bytes.
   */
  expectReplacements(): boolean {
    if (this.#form === 'logged' || this.#isAscii) return false
    this.#form = 'logged'
    return true
  }

  /** From now on the log begins after that time, and nothing of it has been delivered. */
  beginAfter(since: string): void {
    this.#since = since
    this.#skip = undefined
    for (const stream of streams) this.#delivered[stream].reset()
  }

  get #isAscii(): boolean {
    const { stdout, stderr } = this.#delivered
    return isAscii(stdout.bytes()) && isAscii(stderr.bytes())
  }

  #snapshot(form = this.#form): Delivered {
    const of = (stream: DeliveredTail) => {
      const { total, unlogged, isWhole } = stream
      if (form === 'raw') return { total, end: stream.bytes(), unlogged }
      const logged = stream.logged()
      // Earlier bytes are gone, and with them the length that they have in the log.
      return { total: isWhole ? logged.end.length : Number.POSITIVE_INFINITY, ...logged }
    }
    return { stdout: of(this.#delivered.stdout), stderr: of(this.#delivered.stderr) }
  }

  /** Opens the log. Rejects where it can't be read; undefined where it does not hold the place yet. */
  async open(state: LogState): Promise<OutputSource | undefined> {
    const { ended, logRotates, followSkips = false, mayLack, isPatient } = state
    const { execution, signal } = this.#options
    const delivered = this.#snapshot()
    this.#logRotates = logRotates
    this.#followSkips = followSkips
    this.isFinal = ended
    const query = { follow: !ended, since: this.#since, signal }
    if (execution.tty) return this.#skipping(await execution.log(query), this.#skipOf(delivered))
    const isShort = this.#delivered.stdout.isWhole && this.#delivered.stderr.isWhole
    if (isShort && (ended || !this.#logRotates)) return this.#fromStart(delivered, ended, undefined)
    const located = await this.#locate()
    if (located.state !== 'found' && mayLack) throw mismatch()
    if (located.state !== 'found' && isPatient && !streams.some(stream => repeats(delivered[stream])))
      return undefined
    if (located.state !== 'found') return this.#fromStart(delivered, ended, located.last)
    const ahead = ({ ahead: end }: Place) => ({ total: end.length, end, unlogged: 0 })
    const { places, after } = located
    const skip = this.#skipOf({ stdout: ahead(places.stdout), stderr: ahead(places.stderr) })
    if (ended) return this.#entries(yielding(after), entry => skip.take(entry.stream, entry.bytes))
    return this.#follow(located, skip)
  }

  /** Whether the log is whole, and its end is not that of what was delivered. `finishedAt`: when the container ended. */
  async endsOtherwise(finishedAt: number): Promise<boolean> {
    const entries = this.#options.execution.tty ? await this.#unstampedEnd() : await this.#stampedEnd()
    const last = entries.at(-1)?.timestamp
    if (last === undefined || isCutShort(finishedAt, last)) return false
    const snapshots = [this.#snapshot('raw'), this.#snapshot('logged')]
    return streams.some(stream => {
      const text = Buffer.concat(entries.flatMap(entry => (entry.stream === stream ? [entry.bytes] : [])))
      return snapshots.every(delivered => {
        const { end, total } = delivered[stream]
        const length = Math.min(text.length, end.length)
        const isSame = end.subarray(end.length - length).equals(text.subarray(text.length - length))
        return !isSame || (total === 0 && text.length > 0)
      })
    })
  }

  /** Until it has both streams, one of which may have been silent at the end. */
  async #stampedEnd(): Promise<LogEntry[]> {
    const wanted = streams.filter(stream => this.#delivered[stream].total > 0)
    let entries: LogEntry[] = []
    for (const tail of windows) {
      entries = []
      let size = 0
      for await (const batch of await this.#entriesOf({ follow: false, tail })) {
        this.#options.onRead()
        entries.push(...batch)
        for (const { bytes } of batch) size += bytes.length
      }
      const hasBoth = wanted.every(stream => entries.some(entry => entry.stream === stream))
      if (hasBoth || entries.length < tail || size > windowLimit / 8) break
    }
    return entries
  }

  async #unstampedEnd(): Promise<LogEntry[]> {
    const { execution, signal } = this.#options
    const source = await execution.log({ follow: false, tail: windows[0], signal })
    const entries: LogEntry[] = []
    for (let pieces = await source.read(); pieces !== undefined; pieces = await source.read())
      for (const { bytes } of pieces)
        entries.push({ stream: 'stdout', timestamp: '', bytes: Buffer.from(bytes) })
    return entries
  }

  #skipOf(delivered: Delivered): Skip {
    this.#skip = new Skip(delivered)
    return this.#skip
  }

  async #entriesOf(query: LogPart): Promise<Batches> {
    this.#hasDelivered = this.#isByStream = false
    if (query.follow && this.#followSkips) return this.#rotating(query)
    return this.#withReconnects(await this.#connect(query))
  }

  /** The whole of a log that is rotated, of which nothing has been delivered yet. */
  begin(): OutputSource {
    return this.#entries(this.#rotating({}), ({ bytes }) => bytes)
  }

  async *#rotating({ tail, since }: Partial<LogPart>): Batches {
    const { execution, signal, hasEnded, onUnproven, onRead } = this.#options
    const connect = (query: LogPart, closing = signal) => execution.stampedLog({ ...query, signal: closing })
    const part = tail === undefined ? { since } : { tail }
    yield* rotatingLog(part, { connect, hasEnded, onUnproven, onLook: onRead, signal })
    this.isFinal = true
  }

  #connect(query: LogPart): Promise<AsyncIterable<Uint8Array>> {
    const { execution, signal } = this.#options
    return execution.stampedLog({ ...query, signal })
  }

  /**
   * Yields the messages of a log. Where its connection breaks off before any of them was delivered, further connections read
   * the rest that is there by now, one stream after the other. That costs the Engine more scans of the log, and succeeds
   * where no connection lasts for a whole search.
   */
  async *#withReconnects(log: AsyncIterable<Uint8Array>): Batches {
    const positions = { stdout: new LogPosition(), stderr: new LogPosition() }
    let start: string | undefined
    try {
      for await (const entries of logEntries(log)) {
        start ??= entries[0]?.timestamp
        for (const { stream, timestamp } of entries) positions[stream].add(timestamp)
        yield entries
      }
    } catch (error) {
      if (start === undefined || this.#hasDelivered || !isUnanswered(error)) throw error
      this.#isByStream = true
      for (const stream of streams) yield* this.#restOf(stream, positions[stream], before(start), error)
    }
  }

  async *#restOf(
    stream: LogEntry['stream'],
    position: LogPosition,
    start: string,
    lastError: unknown,
  ): Batches {
    for (let broken = lastError; ; ) {
      const { total } = position
      try {
        const log = await this.#connect({ follow: false, stream, since: position.next(start) })
        for await (const entries of logEntries(log)) yield position.fresh(entries)
        return
      } catch (error) {
        if (!isUnanswered(error) || position.total === total) throw broken
        broken = error
      }
    }
  }

  /** Searches the log from its end, in windows that grow. */
  async #locate(): Promise<Located & { last?: string | undefined }> {
    const forms: Form[] = this.#form === 'raw' && !this.#isAscii ? ['raw', 'logged'] : [this.#form]
    const snapshots = forms.map(form => this.#snapshot(form))
    let last: string | undefined
    for (const tail of windows) {
      const entries: LogEntry[] = []
      let size = 0
      for await (const batch of await this.#entriesOf({ follow: false, tail })) {
        this.#options.onRead()
        entries.push(...batch)
        for (const { bytes } of batch) size += bytes.length
        if (size > windowLimit) break
      }
      if (this.#isByStream) entries.sort(byTime)
      last ??= entries.at(-1)?.timestamp
      if (size > windowLimit) break
      const results = snapshots.map(delivered => locate(entries, delivered, entries.length < tail))
      const found = results.find(({ state }) => state === 'found')
      if (found !== undefined) return { ...found, last }
      if (results.every(({ state }) => state === 'unclear')) break
    }
    return { state: 'unclear', last }
  }

  /** The log from the place on, as long as the execution goes on. */
  async #follow(located: Located & { state: 'found' }, skip: Skip): Promise<OutputSource> {
    const { places, reach } = located
    const from = places.stdout.timestamp < places.stderr.timestamp ? places.stdout : places.stderr
    // The log grows meanwhile, so that its last messages begin later than they did.
    for (let tail = Math.ceil(1.25 * reach) + 256; ; tail *= 4) {
      const batches = await this.#entriesOf({ follow: true, tail })
      const first = await batches.next()
      const [entry] = first.done ? [] : first.value
      if (entry === undefined || entry.timestamp < from.timestamp || tail > 4 * windowLimit) {
        // A log may be rotated after the place was found.
        const after = new AfterPlaces(places, () => this.#options.onUnproven(new Error(rotated)))
        return this.#entries(withFirst(first, batches), each => skip.take(each.stream, after.take(each)))
      }
      await batches.return()
    }
  }

  /** The log from its start, without as many bytes as were delivered. `last`: the timestamp of the log's last message before that. */
  async #fromStart(delivered: Delivered, ended: boolean, last: string | undefined): Promise<OutputSource> {
    if (!Number.isFinite(delivered.stdout.total + delivered.stderr.total)) throw mismatch()
    const skip = this.#skipOf(delivered)
    const isBehind = { stdout: false, stderr: false }
    return this.#entries(
      await this.#entriesOf({ follow: !ended, since: this.#since }),
      ({ stream, timestamp, bytes }) => {
        if (timestamp === this.#since) return nothing
        const isNew = last !== undefined && timestamp > last && !isBehind[stream]
        // A log that was rotated holds less than was delivered, and so does one whose writing is behind.
        if (isNew && skip.left(stream) > mostBehind) throw mismatch()
        if (isNew && skip.left(stream) > 0) {
          isBehind[stream] = true
          if (this.#logRotates && repeats(delivered[stream]))
            this.#options.onUnproven(new Error('its log may have been rotated'))
        }
        return skip.take(stream, bytes)
      },
    )
  }

  #entries(batches: Batches, rest: (entry: LogEntry) => Uint8Array): OutputSource {
    return {
      read: async () => {
        for (;;) {
          const next = await batches.next()
          if (next.done) return undefined
          this.#options.onRead()
          const pieces = next.value.flatMap(entry => this.#piece(entry.stream, rest(entry)))
          if (pieces.length === 0) continue
          this.#hasDelivered = true
          // The messages of the two streams are not always logged in the order of their times.
          for (const { timestamp } of next.value)
            if (timestamp > (this.deliveredUntil ?? '')) this.deliveredUntil = timestamp
          return pieces
        }
      },
      close: () => void batches.return().catch(() => undefined),
    }
  }

  #skipping(source: OutputSource, skip: Skip): OutputSource {
    return {
      read: async () => {
        for (;;) {
          const pieces = await source.read()
          if (pieces === undefined) return undefined
          this.#options.onRead()
          const rest = pieces.flatMap(({ stream, bytes }) =>
            stream === 'systemerr' ? [{ stream, bytes }] : this.#piece(stream, skip.take(stream, bytes)),
          )
          if (rest.length > 0) return rest
        }
      },
      close: () => source.close(),
    }
  }

  #piece(stream: LogEntry['stream'], bytes: Uint8Array): OutputChunk[] {
    if (bytes.length === 0) return []
    if (!this.#replacementReported && hasReplacement(bytes)) {
      this.#replacementReported = true
      this.#options.onGap('output was read from the log, which may have replaced bytes that are not UTF-8')
    }
    return [{ stream, bytes }]
  }
}

/**
 * Whether a log may lack its end. Once a container has ended the Engine writes the rest of its log for ten seconds, and drops
 * what is left. `loggedUntil`: the timestamp of its last message.
 */
export function isCutShort(finishedAt: number, loggedUntil: string): boolean {
  return Date.parse(`${loggedUntil.slice(0, 23)}Z`) - finishedAt > logPatience
}

// A stream's messages are in order, and stay so.
function byTime(a: LogEntry, b: LogEntry): number {
  if (a.timestamp === b.timestamp) return 0
  return a.timestamp < b.timestamp ? -1 : 1
}

async function* yielding(batch: readonly LogEntry[]): Batches {
  yield batch
}

async function* withFirst(first: IteratorResult<readonly LogEntry[]>, rest: Batches): Batches {
  for (let next = first; !next.done; next = await rest.next()) yield next.value
}
