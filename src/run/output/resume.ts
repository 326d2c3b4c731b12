import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { ExecutionState, OutputSource, Streams } from '../execution.ts'
import { type EngineGrace, isUnanswered, pauseFor } from '../retry.ts'
import { DeliveredTail } from './delivered.ts'
import { LogRest } from './log-rest.ts'
import { Mismatch } from './skip.ts'

/** Milliseconds to wait for the exit once the output has ended: at first, and in all where no log can be read. */
const exitLag = 250
const lastExitLag = 1_000
/** A source that lasted for less, and brought nothing, counts as a failure. */
const lasting = 5_000
const failuresLimit = 30
/** How often a log that may be behind what was delivered is searched, `exitLag` apart. */
const searches = 4

/** What a resuming source needs to know of its run. */
export interface Watch {
  execution: Streams
  grace: EngineGrace
  /** Aborted once the exit is known. */
  exited: AbortSignal
  onGap(reason: string): void
  /** When the Engine was restarted since the last call, in milliseconds since 1970; undefined where it was not. */
  restarted?(): Promise<number | undefined>
  /** The stream was lost while the execution went on. `delivered` counts bytes. */
  onLost(delivered: { stdout: number; stderr: number }): void
  /** It goes on. */
  onResumed(source: 'log' | 'attach'): void
}

/**
 * An execution's output, exactly: when the stream ends, the log shows whether anything is missing, and delivery goes on
 * after the last byte that was delivered. A gap is reported where the bytes don't prove that.
 */
export class ResumingSource implements OutputSource {
  readonly #watch: Watch
  readonly #delivered = { stdout: new DeliveredTail(), stderr: new DeliveredTail() }
  readonly #closing = new AbortController()
  #source: OutputSource
  #fromLog = false
  /** Why the source broke off; undefined where it ended cleanly. */
  #broken: Error | undefined
  /** How the attached stream ended: as it does with the container, which then counted as running or not, or otherwise. */
  #streamEnd: 'running' | 'ended' | 'cut' = 'cut'
  readonly #absences: number
  readonly #log: LogRest
  readonly #gaps = new Set<string>()
  /** What the Engine knew of the execution when it was asked last. */
  #state: Pick<ExecutionState, 'logRotates' | 'followSkips' | 'finishedAt'> = {
    logRotates: true,
    finishedAt: undefined,
  }
  /** When the Engine was restarted, until the place in the log is known. */
  #restartedAt: number | undefined
  /** Bytes in all. */
  readonly #total = { stdout: 0, stderr: 0 }
  #openedAt = performance.now()
  /** `#sum` when the source was opened. */
  #sumAtOpen = 0
  #failures = 0
  /** When the log last brought anything, for an observer that looks for a silent stream. */
  activeAt = 0
  /** Milliseconds since 1970 when the first stream ended. */
  endedAt: number | undefined

  /**
   * @param isFinal the source is a log that is not followed: its clean end is the end.
   * @param followSkips the output is a log that is rotated, of which the source brings nothing.
   */
  constructor(source: OutputSource, watch: Watch, { isFinal = false, followSkips = false } = {}) {
    this.#source = source
    this.#fromLog = isFinal
    this.#watch = watch
    this.#absences = watch.grace.absences.length
    this.#log = new LogRest(this.#delivered, {
      execution: watch.execution,
      signal: this.#closing.signal,
      onGap: reason => watch.onGap(reason),
      onUnproven: error => this.#gap(error),
      onRead: () => {
        this.activeAt = performance.now()
      },
      hasEnded: async () => watch.exited.aborted || (await this.#hasEnded()),
    })
    this.#log.isFinal = isFinal
    if (!followSkips) return
    source.close()
    this.#fromLog = true
    this.#source = this.#log.begin()
  }

  async read(): Promise<readonly OutputChunk[] | undefined> {
    for (;;) {
      this.#broken = undefined
      try {
        const pieces = await this.#source.read()
        if (pieces !== undefined) return this.#noted(pieces)
      } catch (error) {
        this.#broken = error instanceof Error ? error : new Error(String(error))
      }
      this.endedAt ??= Date.now()
      if (this.#closed || !(await this.#resume())) return undefined
    }
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  #noted(pieces: readonly OutputChunk[]): readonly OutputChunk[] {
    this.#restartedAt = undefined
    if (!this.#fromLog) this.#log.deliveredUntil = undefined
    for (const { stream, bytes } of pieces) {
      if (stream === 'systemerr') continue
      this.#delivered[stream].add(bytes, this.#fromLog ? 'log' : 'attach')
      this.#total[stream] += bytes.length
    }
    return pieces
  }

  /** Opens what comes after the delivered bytes; false where the output is over. */
  async #resume(): Promise<boolean> {
    const broken = this.#broken
    // For good: an attachment that is open and unread holds the container's output back.
    this.#source.close()
    try {
      if (this.#log.isFinal && broken === undefined) return await this.#afterEnd()
      await this.#awaitExit(exitLag)
      const isTooOften = await this.#breaksTooOften()
      if (this.#closed) return false
      const ended = this.#watch.exited.aborted || (await this.#hasEnded()) || this.#watch.exited.aborted
      if (!this.#fromLog) this.#noteEnd(ended)
      const lost = !(broken instanceof Mismatch) && (!ended || (this.#fromLog && broken !== undefined))
      if (lost) this.#watch.onLost({ ...this.#total })
      this.#restartedAt = (await this.#watch.restarted?.()) ?? this.#restartedAt
      const source = isTooOften
        ? await this.#afterGap(broken, ended)
        : this.#fromLog && broken !== undefined && !isUnanswered(broken)
          ? await this.#afterMismatch(broken, ended)
          : await this.#continued(ended)
      if (source === undefined || this.#closed) return false
      if (lost) this.#watch.onResumed(this.#fromLog ? 'log' : 'attach')
      this.#source = source
      this.#openedAt = performance.now()
      this.#sumAtOpen = this.#sum
      return true
    } catch (error) {
      if (!this.#closed) this.#gap(error)
      return false
    }
  }

  async #hasEnded(): Promise<boolean> {
    const state = await this.#watch.execution.state(this.#closing.signal)
    this.#state = state
    return state.phase !== 'running'
  }

  /**
   * Whether the attached stream ended with the container, by the Engine's clock: while the Engine writes the log, a container
   * that has ended still counts as running.
   */
  async #endedWithContainer(): Promise<boolean> {
    if (this.#streamEnd !== 'running' || this.endedAt === undefined) return this.#streamEnd === 'ended'
    if (this.#state.finishedAt === undefined) await this.#hasEnded()
    const streamEnd = await this.#watch.execution.logTime(this.endedAt, this.#closing.signal)
    return (this.#state.finishedAt ?? Number.POSITIVE_INFINITY) <= Date.parse(`${streamEnd}Z`)
  }

  /** The timestamp of the last message of a log, where the output ended with it. */
  get loggedUntil(): string | undefined {
    return this.#log.deliveredUntil
  }

  #noteEnd(ended: boolean): void {
    const isCut = this.#broken !== undefined || this.#watch.grace.absences.length > this.#absences
    this.#streamEnd = isCut ? 'cut' : ended ? 'ended' : 'running'
  }

  /** The log has been read to its end, and the execution has ended. */
  async #afterEnd(): Promise<boolean> {
    if (this.#log.isCaughtUp) return false
    const reason = new Mismatch('the log ends before what was delivered')
    if ((await this.#endedWithContainer()) && !(await this.#isCut(reason))) return false
    const source = await this.#afterMismatch(reason, true)
    if (source !== undefined) this.#source = source
    return source !== undefined
  }

  // By then the exit of a container that has ended is known.
  async #awaitExit(milliseconds: number): Promise<void> {
    await pauseFor(milliseconds, this.#watch.exited, this.#closing.signal).catch(() => undefined)
  }

  get #sum(): number {
    return this.#total.stdout + this.#total.stderr
  }

  /** Whether too many connections in a row broke off and brought nothing; pauses after each. */
  async #breaksTooOften(): Promise<boolean> {
    const failed = this.#sum === this.#sumAtOpen && performance.now() - this.#openedAt < lasting
    this.#failures = this.#fromLog && failed ? this.#failures + 1 : 0
    if (this.#failures > 1) await this.#pause()
    return this.#failures > failuresLimit && this.#broken !== undefined
  }

  #pause(): Promise<void> {
    return pauseFor(Math.min(exitLag * this.#failures, lasting), this.#closing.signal)
  }

  /** What the log has after the delivered bytes; where the log can't be read, what comes from now on. */
  async #continued(ended: boolean): Promise<OutputSource | undefined> {
    const { exited } = this.#watch
    try {
      this.#fromLog = true
      for (let search = 1; ; search++) {
        const mayLack = this.#restartedAt !== undefined
        // A container that has ended counts as running while the Engine writes its log.
        const isPatient = !ended && this.#streamEnd !== 'cut' && search < searches
        const source = await this.#log.open({ ended, ...this.#state, mayLack, isPatient })
        if (source !== undefined) return source
        await this.#awaitExit(exitLag)
        ended = exited.aborted || (await this.#hasEnded())
      }
    } catch (error) {
      if (this.#closed) return undefined
      if (error instanceof Mismatch) return this.#afterMismatch(error, ended)
      if (isUnanswered(error) && ++this.#failures <= failuresLimit) {
        await this.#pause()
        return this.#continued(ended || exited.aborted || (await this.#hasEnded()))
      }
      // Without a log, an exit that follows the end of the stream at once is all that can be seen of a natural end.
      if (this.#streamEnd !== 'cut') await this.#awaitExit(lastExitLag - exitLag)
      return this.#afterGap(error, ended || exited.aborted)
    }
  }

  /**
   * The log makes no sense, or does not hold what was delivered: bytes were replaced, or the log was rotated. Or an Engine ended
   * before it had logged them: then output goes on with what the log has from the next Engine.
   */
  async #afterMismatch(reason: Error, ended: boolean): Promise<OutputSource | undefined> {
    if (reason instanceof Mismatch && this.#log.expectReplacements()) return this.#continued(ended)
    const since = reason instanceof Mismatch ? await this.#timeOfPlace() : undefined
    if (since !== undefined) {
      if (this.#restartedAt === undefined) this.#gap(reason)
      this.#restartedAt = undefined
      this.#log.beginAfter(since)
      return this.#continued(ended)
    }
    return this.#afterGap(reason, ended)
  }

  /** A time in the log after which nothing of it was delivered, where one is known. */
  async #timeOfPlace(): Promise<string | undefined> {
    if (this.#restartedAt !== undefined)
      return await this.#watch.execution.logTime(this.#restartedAt, this.#closing.signal)
    return this.#log.deliveredUntil
  }

  /**
   * Reports a gap and attaches for what is printed from now on; the log is not read on, because it may be behind what was
   * delivered. A stream that ended with the container needs neither, unless the log could not be asked, or ends with something
   * else: a stream that is cut at the exit looks the same.
   */
  async #afterGap(reason: unknown, ended: boolean): Promise<OutputSource | undefined> {
    if (ended && !isUnanswered(reason) && (await this.#endedWithContainer()) && !(await this.#isCut(reason)))
      return undefined
    this.#gap(reason)
    this.#fromLog = false
    return ended ? undefined : this.#watch.execution.attach(this.#closing.signal)
  }

  /** Whether the end of the log, which was rotated beyond the place, shows that the stream lacks it. */
  async #isCut(reason: unknown): Promise<boolean> {
    if (!(reason instanceof Mismatch)) return false
    await this.#hasEnded()
    const { followSkips, finishedAt } = this.#state
    if (!followSkips || finishedAt === undefined) return false
    return this.#log.endsOtherwise(finishedAt)
  }

  #gap(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error)
    const reason = `the output was lost while the container ran, and can't be continued exactly: ${problem}`
    // What follows a gap can't be proven either.
    if (this.#gaps.has(reason)) return
    this.#gaps.add(reason)
    this.#watch.onGap(reason)
  }

  close(): void {
    this.#closing.abort(over)
    this.#source.close()
  }
}

/** Shared, because creating an Error captures a stack. */
const over = new Error('the output is closed')
