import type { OutputChunk } from '../../engine/streams/frames.ts'
import { HoldfastError } from '../failure.ts'
import { Capture } from './capture.ts'
import { type LineBatch, LineSplitter } from './lines.ts'

/** Bytes that the container printed. */
export interface JobChunk {
  stream: 'stdout' | 'stderr'
  bytes: Uint8Array
}

/** Where output comes from, and how to stop it coming. */
export interface OutputSource {
  /** Its pieces are good until the next call. */
  output: { read(): Promise<readonly OutputChunk[] | undefined> }
  close(): void
}

/** Milliseconds that a stream may stay open and silent once its container has ended. */
const silenceAfterExit = 10_000
/** Milliseconds that a reader who has stopped reading is waited for once a run was cancelled or timed out. */
const readerPatience = 1_000
const watchInterval = 250

/**
 * The way from the container's streams to whoever reads them: one reader who pulls, or nobody, and then it is only
 * captured. One read at most is made ahead of the reader, so a slow one slows the container down.
 */
export class Output {
  readonly stdout: Capture
  readonly stderr: Capture
  readonly #tty: boolean
  readonly #onGap: (reason: string) => void
  readonly #source = Promise.withResolvers<OutputSource | undefined>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #finished = Promise.withResolvers<void>()
  #opened: OutputSource | undefined
  #reading: 'nobody' | 'wanted' | 'begun' = 'nobody'
  #waiting = false
  /** How often something was asked for, read or taken; as the watch last saw it, and when it last saw more. */
  #steps = 0
  #stepsSeen = 0
  #steppedAt = 0
  #hurriedAt: number | undefined
  #exitedAt: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(capture: number, tty: boolean, onGap: (reason: string) => void) {
    this.stdout = new Capture(capture)
    this.stderr = new Capture(capture)
    this.#tty = tty
    this.#onGap = onGap
  }

  /** Settles when the stream has ended or was lost, as far as it has been read. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Whether all that came has been read, and more may come. */
  get waiting(): boolean {
    return this.#waiting
  }

  /** Output will come from there. */
  open(source: OutputSource): void {
    this.#opened = source
    this.#source.resolve(source)
    if (this.#reading === 'wanted') this.#drain()
  }

  /** No output will come. Without effect when it has been opened. */
  close(): void {
    clearInterval(this.#timer)
    this.#source.resolve(undefined)
    this.#ended.resolve()
    if (this.#opened === undefined) this.#finished.resolve()
  }

  /** Asks that the output be read even if nobody iterates. */
  want(): void {
    if (this.#reading !== 'nobody') return
    this.#reading = 'wanted'
    if (this.#opened !== undefined) this.#drain()
  }

  #drain(): void {
    void this.#readAll(this.#readOnce())
  }

  async #readAll(batches: AsyncGenerator<readonly JobChunk[], void, undefined>): Promise<void> {
    for await (const _ of batches);
  }

  /**
   * The output as it comes, all that one read brought at once, for one reader; who leaves early lets the rest be captured
   * only. The bytes are good until the next batch is asked for, or this one left. `after` is awaited at the end.
   */
  chunks(after?: Promise<unknown>): AsyncGenerator<readonly JobChunk[], void, undefined> {
    if (this.#reading === 'begun') throw readAlready()
    return this.#readOnce(after)
  }

  /** The output as lines, in order per stream, all that one chunk completed at once. `after` is awaited at the end. */
  async *lines(after?: Promise<unknown>): AsyncGenerator<LineBatch, void, undefined> {
    const splitters = { stdout: new LineSplitter(this.#tty), stderr: new LineSplitter(this.#tty) }
    for await (const chunks of this.chunks()) {
      for (const { stream, bytes } of chunks) {
        const lines = splitters[stream].push(bytes)
        if (lines.length === 0) continue
        this.took()
        yield { stream, lines }
      }
    }
    for (const stream of ['stdout', 'stderr'] as const) {
      const lines = splitters[stream].end()
      if (lines.length > 0) yield { stream, lines }
    }
    await after
  }

  /** Notes that the reader has gone on to the next item of what it got. */
  readonly took = () => {
    this.#steps++
  }

  // Whoever never asks for a first chunk is no reader.
  async *#readOnce(after?: Promise<unknown>): AsyncGenerator<readonly JobChunk[], void, undefined> {
    if (this.#reading === 'begun') throw readAlready()
    this.#reading = 'begun'
    const source = await this.#source.promise
    let ended = source === undefined
    try {
      while (source !== undefined) {
        const chunks = await this.#next(source)
        if (chunks === undefined) break
        yield chunks
      }
      ended = true
    } finally {
      if (ended || source === undefined) this.#finished.resolve()
      else void this.#readAll(this.#rest(source))
    }
    await after
  }

  async *#rest(source: OutputSource): AsyncGenerator<readonly JobChunk[], void, undefined> {
    for (let chunks = await this.#next(source); chunks !== undefined; chunks = await this.#next(source))
      yield chunks
    this.#finished.resolve()
  }

  /** What comes next, captured; undefined when the stream has ended or was lost, which is no reason to fail the job. */
  async #next({ output }: OutputSource): Promise<readonly JobChunk[] | undefined> {
    for (;;) {
      this.#waiting = true
      this.#steps++
      let pieces: readonly OutputChunk[] | undefined
      try {
        pieces = await output.read()
      } catch (error) {
        this.#onGap((error as Error).message)
      }
      this.#waiting = false
      this.#steps++
      if (pieces === undefined) {
        this.#ended.resolve()
        return undefined
      }
      const chunks = pieces.every(isOutput) ? pieces : this.#withoutEngine(pieces)
      if (chunks.length === 0) continue
      for (const { stream, bytes } of chunks) this[stream].add(bytes)
      return chunks
    }
  }

  #withoutEngine(pieces: readonly OutputChunk[]): readonly JobChunk[] {
    for (const { stream, bytes } of pieces)
      if (stream === 'systemerr')
        this.#onGap(`the Engine says: ${Buffer.from(bytes).toString('utf8').trim()}`)
    return pieces.filter(isOutput)
  }

  /**
   * From here on a reader who stops reading for a while is given up: as long as output waits for a reader, the Engine
   * tells no exit, though the container may be dead.
   */
  hurry(): void {
    this.#hurriedAt ??= performance.now()
    this.#startWatch()
  }

  /**
   * Resolves when all output has been read; called once the container has ended. A stream that the Engine forgets to
   * close is given up after a silence.
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
      this.#ended.resolve()
      this.#finished.resolve()
    }
  }

  #isSilent(now: number): boolean {
    if (!this.#waiting || this.#exitedAt === undefined) return false
    return now - Math.max(this.#steppedAt, this.#exitedAt) > silenceAfterExit
  }

  #isStuck(now: number): boolean {
    if (this.#waiting || this.#hurriedAt === undefined) return false
    return now - Math.max(this.#steppedAt, this.#hurriedAt) >= readerPatience
  }
}

function isOutput(piece: OutputChunk): piece is JobChunk {
  return piece.stream !== 'systemerr'
}

function readAlready(): HoldfastError {
  const hint = 'Iterate right after run(), once, before or instead of awaiting.'
  return new HoldfastError('usage', "the job's output is being read already", { hint })
}
