import { isUtf8 } from 'node:buffer'
import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { LogEntry, OutputSource, Streams } from '../execution.ts'
import { logEntries } from '../log-entries.ts'
import { type EngineGrace, isUnanswered, pauseFor } from '../retry.ts'
import { DeliveredEnd } from './delivered.ts'
import { BehindPlaces, type Delivered, type Located, locate, type Place, repeats } from './locate.ts'
import { Mismatch, mismatch, Skip } from './skip.ts'

/** Milliseconds by which an exit may be known later than the end of the output, and that all know it by. */
const exitLag = 250
const lastExitLag = 1_000
/** Numbers of messages from the log's end that are searched. */
const windows = [64, 512, 4_096, 32_768]
/** Bytes of one window: more of them count as unclear. */
const windowLimit = 8 * 1024 * 1024
/** A source that lasted for less, and brought nothing, counts as a failure. */
const lasting = 5_000
const failuresLimit = 30
/** Bytes of one stream by which the log's writing may be behind what was delivered: the Engine's buffer, and more. */
const mostBehind = 2 * 1024 * 1024
const replaced = Buffer.from('\ufffd')

/** What a resuming source needs to know of its run. */
export interface Watch {
  execution: Streams
  grace: EngineGrace
  /** Aborted once the exit is known. */
  exited: AbortSignal
  onGap(reason: string): void
  /** The stream was lost while the execution went on. `delivered` counts bytes. */
  onLost(delivered: { stdout: number; stderr: number }): void
  /** It goes on. */
  onResumed(source: 'log' | 'attach'): void
}

/**
 * An execution's output, exactly: when the stream ends, the log shows whether anything is missing, and delivery goes on
 * behind the last byte that was delivered. A gap is reported where the bytes don't prove that.
 */
export class ResumingSource implements OutputSource {
  readonly #watch: Watch
  readonly #delivered = { stdout: new DeliveredEnd(), stderr: new DeliveredEnd() }
  readonly #closing = new AbortController()
  #source: OutputSource
  #fromLog = false
  /** The source is a log that was opened after the end: one that is followed may end before its last messages. */
  #isFinal = false
  /** Why the source broke off; undefined where it ended cleanly. */
  #broken: Error | undefined
  /** `logged`: what is not UTF-8 is looked for as the log replaces it. */
  #form: 'raw' | 'logged' = 'raw'
  /** The attached stream ended as it does when the container exits. */
  #endedCleanly = false
  readonly #absences: number
  /** What the log has yet to show of what was delivered. */
  #skip: Skip | undefined
  #replacementReported = false
  readonly #gaps = new Set<string>()
  #logRotates = true
  #openedAt = performance.now()
  #totalThen = 0
  #failures = 0
  /** The timestamp of the last message that was read from a log. */
  loggedUntil: string | undefined
  /** When the log last brought anything, for an observer that looks for a silent stream. */
  activeAt = 0
  /** Milliseconds since 1970 when the first stream ended. */
  endedAt: number | undefined

  /** @param isFinal the source is a log that is not followed: its clean end is the end. */
  constructor(source: OutputSource, watch: Watch, { isFinal = false } = {}) {
    this.#source = source
    this.#fromLog = this.#isFinal = isFinal
    this.#watch = watch
    this.#absences = watch.grace.absences
  }

  async read(): Promise<readonly OutputChunk[] | undefined> {
    for (;;) {
      const pieces = await this.#readSource()
      if (pieces !== undefined) return pieces
      this.endedAt ??= Date.now()
      if (this.#closed || !(await this.#resume())) return undefined
    }
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  async #readSource(): Promise<readonly OutputChunk[] | undefined> {
    this.#broken = undefined
    try {
      const pieces = await this.#source.read()
      for (const { stream, bytes } of pieces ?? [])
        if (stream !== 'systemerr') this.#delivered[stream].add(bytes)
      return pieces
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error))
      return undefined
    }
  }

  /** Opens what comes behind the delivered bytes; false where the output is over. */
  async #resume(): Promise<boolean> {
    const broken = this.#broken
    // For good: an attachment that is open and unread holds the container's output back.
    this.#source.close()
    try {
      await this.#awaitExit(exitLag)
      if (!(await this.#mayTryAgain())) return false
      const ended = await this.#hasEnded()
      if (this.#isFinal && broken === undefined) return this.#over()
      if (!this.#fromLog) this.#noteEnd()
      const lost = !ended || (this.#fromLog && broken !== undefined)
      if (lost) this.#noteLoss()
      const source =
        this.#fromLog && broken !== undefined && !isUnanswered(broken)
          ? await this.#afterMismatch(broken, ended)
          : await this.#continued(ended)
      if (source === undefined || this.#closed) return false
      if (lost) this.#watch.onResumed(this.#fromLog ? 'log' : 'attach')
      this.#source = source
      this.#openedAt = performance.now()
      this.#totalThen = this.#total
      return true
    } catch (error) {
      if (!this.#closed) this.#gap(error)
      return false
    }
  }

  async #hasEnded(): Promise<boolean> {
    const { exited, execution } = this.#watch
    if (exited.aborted) return true
    const { phase, logRotates } = await execution.state(this.#closing.signal)
    this.#logRotates = logRotates
    return phase !== 'running'
  }

  #noteLoss(): void {
    const { stdout, stderr } = this.#delivered
    this.#watch.onLost({ stdout: stdout.total, stderr: stderr.total })
  }

  #noteEnd(): void {
    const { grace } = this.#watch
    const away = grace.absences > this.#absences
    this.#endedCleanly = this.#broken === undefined && !away
  }

  /** The log has been read to its end, and the execution has ended. */
  #over(): false {
    if (!this.#endedCleanly && this.#skip?.done === false)
      this.#gap(new Error('the log ends before what was delivered'))
    return false
  }

  // By then the exit of a container that has ended is known.
  async #awaitExit(milliseconds: number): Promise<void> {
    await pauseFor(milliseconds, AbortSignal.any([this.#watch.exited, this.#closing.signal])).catch(
      () => undefined,
    )
  }

  get #total(): number {
    return this.#delivered.stdout.total + this.#delivered.stderr.total
  }

  async #mayTryAgain(): Promise<boolean> {
    const failed = this.#total === this.#totalThen && performance.now() - this.#openedAt < lasting
    this.#failures = this.#fromLog && failed ? this.#failures + 1 : 0
    if (this.#failures > failuresLimit) this.#gap(new Error('its log breaks off again and again'))
    if (this.#failures > 1) await this.#pause()
    return !this.#closed && this.#failures <= failuresLimit
  }

  #pause(): Promise<void> {
    return pauseFor(Math.min(exitLag * this.#failures, lasting), this.#closing.signal)
  }

  /** What the log has behind the delivered bytes; where the log can't be read, what comes from now on. */
  async #continued(ended: boolean): Promise<OutputSource | undefined> {
    const { exited } = this.#watch
    try {
      return await this.#open(ended)
    } catch (error) {
      if (this.#closed) return undefined
      if (isUnanswered(error) && ++this.#failures <= failuresLimit) {
        await this.#pause()
        return this.#continued(ended || (await this.#hasEnded()))
      }
      // Without a log, an exit that follows the end of the stream at once is all that can be seen of a natural end.
      if (this.#endedCleanly) await this.#awaitExit(lastExitLag - exitLag)
      if (this.#endedCleanly && (ended || exited.aborted)) return undefined
      this.#gap(error)
      return this.#attached(ended)
    }
  }

  /** The log makes no sense, or does not hold what was delivered: not as it was printed, or no longer. */
  async #afterMismatch(reason: Error, ended: boolean): Promise<OutputSource | undefined> {
    const { stdout, stderr } = this.#delivered
    if (
      reason instanceof Mismatch &&
      this.#form === 'raw' &&
      !(isUtf8(stdout.bytes()) && isUtf8(stderr.bytes()))
    ) {
      this.#form = 'logged'
      return this.#continued(ended)
    }
    if (ended && this.#endedCleanly) return undefined
    this.#gap(reason)
    return this.#attached(ended)
  }

  // Not the log's end: the log may be behind what was delivered.
  async #attached(ended: boolean): Promise<OutputSource | undefined> {
    this.#fromLog = false
    return ended ? undefined : this.#watch.execution.attach(this.#closing.signal)
  }

  #gap(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error)
    const reason = `the output was lost while the container ran, and can't be continued exactly: ${problem}`
    // What follows a gap can't be proven either.
    if (this.#gaps.has(reason)) return
    this.#gaps.add(reason)
    this.#watch.onGap(reason)
  }

  #snapshot(): Delivered {
    const of = (stream: DeliveredEnd) => {
      const { total, unlogged, isWhole } = stream
      if (this.#form === 'raw') return { total, end: stream.bytes(), unlogged }
      const logged = stream.logged()
      // How long the log of the rest is can't be known.
      return { total: isWhole ? logged.end.length : Number.POSITIVE_INFINITY, ...logged }
    }
    return { stdout: of(this.#delivered.stdout), stderr: of(this.#delivered.stderr) }
  }

  /** The rest of the output from the log; undefined where there is none. */
  async #open(ended: boolean): Promise<OutputSource | undefined> {
    const { execution } = this.#watch
    const { signal } = this.#closing
    const delivered = this.#snapshot()
    this.#fromLog = true
    this.#isFinal = ended
    const query = { follow: !ended, signal }
    if (execution.tty) return this.#skipping(await execution.log(query), this.#skipOf(delivered))
    const isShort = this.#delivered.stdout.isWhole && this.#delivered.stderr.isWhole
    if (isShort && (ended || !this.#logRotates)) return this.#fromStart(delivered, ended, undefined)
    const located = await this.#locate(delivered)
    if (located.state !== 'found') return this.#fromStart(delivered, ended, located.last)
    const ahead = ({ ahead: end }: Place) => ({ total: end.length, end, unlogged: 0 })
    const { places, after } = located
    const skip = this.#skipOf({ stdout: ahead(places.stdout), stderr: ahead(places.stderr) })
    if (ended) return this.#entries([after], entry => skip.take(entry.stream, entry.bytes))
    return this.#follow(located, skip)
  }

  #skipOf(delivered: Delivered): Skip {
    this.#skip = new Skip(delivered)
    return this.#skip
  }

  async #entriesOf(query: { follow: boolean; tail?: number }): Promise<AsyncIterable<readonly LogEntry[]>> {
    return logEntries(await this.#watch.execution.stampedLog({ ...query, signal: this.#closing.signal }))
  }

  /** Searches the log from its end, in windows that grow. */
  async #locate(delivered: Delivered): Promise<Located & { last?: string | undefined }> {
    let last: string | undefined
    for (const tail of windows) {
      const entries: LogEntry[] = []
      let size = 0
      for await (const batch of await this.#entriesOf({ follow: false, tail })) {
        this.activeAt = performance.now()
        entries.push(...batch)
        for (const { bytes } of batch) size += bytes.length
        if (size > windowLimit) break
      }
      last ??= entries.at(-1)?.timestamp
      if (size > windowLimit) break
      const located = locate(entries, delivered, entries.length < tail)
      if (located.state !== 'too-short') return { ...located, last }
    }
    return { state: 'unclear', last }
  }

  /** The log from the place on, as long as the execution goes on. */
  async #follow(located: Located & { state: 'found' }, skip: Skip): Promise<OutputSource> {
    const { places, reach } = located
    const from = places.stdout.timestamp < places.stderr.timestamp ? places.stdout : places.stderr
    // The log grows meanwhile, so that its last messages begin later than they did.
    for (let tail = Math.ceil(1.25 * reach) + 256; ; tail *= 4) {
      const batches = (await this.#entriesOf({ follow: true, tail }))[Symbol.asyncIterator]()
      const first = await batches.next()
      const [entry] = first.done ? [] : first.value
      if (entry === undefined || entry.timestamp < from.timestamp || tail > 4 * windowLimit) {
        const behind = new BehindPlaces(places)
        return this.#entries(rejoined(first, batches), each => skip.take(each.stream, behind.take(each)))
      }
      await batches.return?.()
    }
  }

  /** The log from its start, without as many bytes as were delivered. `last`: the last message's time when that began. */
  async #fromStart(delivered: Delivered, ended: boolean, last: string | undefined): Promise<OutputSource> {
    if (!Number.isFinite(delivered.stdout.total + delivered.stderr.total)) throw mismatch()
    const skip = this.#skipOf(delivered)
    const isBehind = { stdout: false, stderr: false }
    return this.#entries(await this.#entriesOf({ follow: !ended }), ({ stream, timestamp, bytes }) => {
      const isNew = last !== undefined && timestamp > last && !isBehind[stream]
      // A log that was rotated holds less than was delivered, and so does one whose writing is behind.
      if (isNew && skip.left(stream) > mostBehind) throw mismatch()
      if (isNew && skip.left(stream) > 0) {
        isBehind[stream] = true
        if (this.#logRotates && repeats(delivered[stream]))
          this.#gap(new Error('its log may have been rotated'))
      }
      return skip.take(stream, bytes)
    })
  }

  #entries(
    batches: AsyncIterable<readonly LogEntry[]> | Iterable<readonly LogEntry[]>,
    rest: (entry: LogEntry) => Uint8Array,
  ): OutputSource {
    const iterator = toAsync(batches)
    return {
      read: async () => {
        for (;;) {
          const next = await iterator.next()
          if (next.done) return undefined
          this.activeAt = performance.now()
          if (!this.#endedCleanly) this.loggedUntil = next.value.at(-1)?.timestamp
          const pieces = next.value.flatMap(entry => this.#piece(entry.stream, rest(entry)))
          if (pieces.length > 0) return pieces
        }
      },
      close: () => void iterator.return?.()?.then(undefined, () => undefined),
    }
  }

  #skipping(source: OutputSource, skip: Skip): OutputSource {
    return {
      read: async () => {
        for (;;) {
          const pieces = await source.read()
          if (pieces === undefined) return undefined
          this.activeAt = performance.now()
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
    if (
      !this.#replacementReported &&
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(replaced)
    ) {
      this.#replacementReported = true
      this.#watch.onGap('output was read from the log, which may have replaced bytes that are not UTF-8')
    }
    return [{ stream, bytes }]
  }

  close(): void {
    this.#closing.abort(over)
    this.#source.close()
  }
}

/** Shared, because creating an Error captures a stack. */
const over = new Error('the output is closed')

async function* toAsync<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items
}

async function* rejoined<T>(
  first: IteratorResult<T>,
  rest: AsyncIterator<T>,
): AsyncGenerator<T, void, undefined> {
  for (let next = first; !next.done; next = await rest.next()) yield next.value
}
