import type { OutputChunk } from '../../engine/streams/frames.ts'
import { redactHeld } from '../../redact/held.ts'
import type { OutputSource } from '../execution.ts'
import { HoldfastError } from '../failure.ts'
import { Capture } from './capture.ts'
import { type LineBatch, LineSplitter } from './lines.ts'

/** Bytes that the container printed. */
export interface JobChunk {
  /** Which of the two streams. */
  stream: 'stdout' | 'stderr'
  /** As they arrived. */
  bytes: Uint8Array
}

/** Milliseconds that a stream may stay open and silent once its container has ended. */
const silenceAfterExit = 10_000
/** Milliseconds to wait for a reader that has stopped reading, once a run was cancelled or timed out. */
const readerPatience = 1_000
const watchInterval = 250

/**
 * The way from the container's streams to their reader. Without a reader by the time the container starts, the output is
 * only captured. One read at most is made ahead of the reader, so that a slow one slows the container down.
 */
export class Output {
  readonly stdout: Capture
  readonly stderr: Capture
  readonly #tty: boolean
  readonly #onGap: (reason: string) => void
  readonly #source = Promise.withResolvers<OutputSource | undefined>()
  readonly #finished = Promise.withResolvers<void>()
  #opened: OutputSource | undefined
  #claimed = false
  #waiting = false
  /** Counts each read, its result, and each chunk or line that the reader takes. */
  #steps = 0
  /** `#steps` at the last look of the watch, and the time of the last look that saw another count. */
  #stepsSeen = 0
  #steppedAt = 0
  #gaveUpAt: number | undefined
  #exitedAt: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(capture: number, tty: boolean, onGap: (reason: string) => void) {
    this.stdout = new Capture(capture)
    this.stderr = new Capture(capture)
    this.#tty = tty
    this.#onGap = onGap
  }

  /** Whether the reader has output, and has not asked for more. */
  get isUnread(): boolean {
    return this.#opened !== undefined && !this.#waiting
  }

  /** Sets the source of the output. Without a reader it is read from now on, so that the container never waits for one. */
  open(source: OutputSource): void {
    this.#opened = source
    this.#source.resolve(source)
    // A listener of the start may still begin to read.
    queueMicrotask(() => {
      if (this.#claimed) return
      this.#claimed = true
      void this.#drain(source)
    })
  }

  /** Ends an output that has no source. Without effect once it has been opened. */
  close(): void {
    clearInterval(this.#timer)
    this.#source.resolve(undefined)
    if (this.#opened === undefined) this.#finished.resolve()
  }

  /** Only captures what is left. */
  async #drain(source: OutputSource): Promise<void> {
    while ((await this.#next(source)) !== undefined);
    this.#finished.resolve()
  }

  /**
   * The output as it arrives, for one reader. When the reader leaves early, the rest is only captured. The next chunk
   * overwrites the bytes. `after` is awaited at the end.
   */
  chunks(after?: Promise<unknown>): AsyncGenerator<JobChunk, void, undefined> {
    if (this.#claimed) throw readAlready()
    return this.#readOnce(after)
  }

  /** The output as lines, in order per stream, one array for each chunk. `after` is awaited at the end. */
  async *lines(after?: Promise<unknown>): AsyncGenerator<LineBatch, void, undefined> {
    const splitters = { stdout: new LineSplitter(this.#tty), stderr: new LineSplitter(this.#tty) }
    for await (const { stream, bytes } of this.chunks()) {
      const lines = splitters[stream].push(bytes)
      if (lines.length > 0) yield { stream, lines }
    }
    for (const stream of ['stdout', 'stderr'] as const) {
      const lines = splitters[stream].end()
      if (lines.length > 0) yield { stream, lines }
    }
    await after
  }

  /** Notes that the reader has gone on to the next chunk of a read, or line of a batch. */
  readonly onItem = () => {
    this.#steps++
  }

  // Reading is claimed at the first next().
  async *#readOnce(after?: Promise<unknown>): AsyncGenerator<JobChunk, void, undefined> {
    if (this.#claimed) throw readAlready()
    this.#claimed = true
    const source = await this.#source.promise
    let ended = source === undefined
    try {
      while (source !== undefined) {
        const chunks = await this.#next(source)
        if (chunks === undefined) break
        for (const chunk of chunks) {
          yield chunk
          this.onItem()
        }
      }
      ended = true
    } finally {
      if (ended || source === undefined) this.#finished.resolve()
      else void this.#drain(source)
    }
    await after
  }

  /** What comes next, captured; undefined at the end. A source that fails ends the output, not the job. */
  async #next(source: OutputSource): Promise<readonly JobChunk[] | undefined> {
    for (;;) {
      this.#waiting = true
      this.#steps++
      let pieces: readonly OutputChunk[] | undefined
      try {
        pieces = await source.read()
      } catch (error) {
        this.#onGap(error instanceof Error ? error.message : String(error))
      }
      this.#waiting = false
      this.#steps++
      if (pieces === undefined) return undefined
      const chunks = pieces.every(isOutput) ? pieces : this.#reportEngineErrors(pieces)
      if (chunks.length === 0) continue
      for (const { stream, bytes } of chunks) this[stream].add(bytes)
      return chunks
    }
  }

  /** Reports what the Engine itself says among the output, and leaves it out. */
  #reportEngineErrors(pieces: readonly OutputChunk[]): readonly JobChunk[] {
    for (const { stream, bytes } of pieces)
      if (stream === 'systemerr')
        this.#onGap(`the Engine says: ${redactHeld(Buffer.from(bytes).toString('utf8').trim())}`)
    return pieces.filter(isOutput)
  }

  /**
   * From here on, no longer waits for a reader that stops reading: while output is unread, the Engine does not report the
   * exit of the container.
   */
  giveUpOnReader(): void {
    this.#gaveUpAt ??= performance.now()
    this.#startWatch()
  }

  /**
   * Resolves when all output has been read; called once the container has ended. A stream that the Engine does not close
   * is given up after a silence.
   */
  async finish(): Promise<void> {
    this.#exitedAt ??= performance.now()
    this.#startWatch()
    await this.#finished.promise
  }

  #startWatch(): void {
    if (this.#timer !== undefined) return
    this.#stepsSeen = this.#steps
    this.#timer = setInterval(() => this.#watch(), watchInterval)
    this.#finished.promise.then(() => clearInterval(this.#timer))
  }

  // Steps are timed here alone: fast output has too many of them to read the clock at each.
  #watch(): void {
    if (this.#opened === undefined) return
    const now = performance.now()
    if (this.#stepsSeen !== this.#steps) this.#steppedAt = now
    this.#stepsSeen = this.#steps
    if (this.#isSilent(now)) {
      this.#onGap('the Engine did not end the output of a container that has ended')
      this.#opened.close()
    } else if (this.#isStuck(now)) {
      this.#onGap('the output was not read to its end')
      this.#opened.close()
      this.#finished.resolve()
    }
  }

  #isSilent(now: number): boolean {
    if (!this.#waiting || this.#exitedAt === undefined) return false
    const { activeAt = 0 } = this.#opened ?? {}
    return now - Math.max(this.#steppedAt, activeAt, this.#exitedAt) > silenceAfterExit
  }

  #isStuck(now: number): boolean {
    if (this.#waiting || this.#gaveUpAt === undefined) return false
    return now - Math.max(this.#steppedAt, this.#gaveUpAt) >= readerPatience
  }
}

function isOutput(piece: OutputChunk): piece is JobChunk {
  return piece.stream !== 'systemerr'
}

function readAlready(): HoldfastError {
  const hint =
    'Iterate right after run(), once: a job that has no reader when its container starts is only captured.'
  return new HoldfastError('usage', "the job's output is being read already", { hint })
}
