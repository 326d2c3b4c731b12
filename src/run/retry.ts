import { EngineError, isConnectionFailure, isMiddleman } from '../engine/error.ts'
import { onAbort } from '../engine/http/signals.ts'
import { durationText } from './duration.ts'
import type { Emit } from './events.ts'
import { Timer } from './timer.ts'

/** Milliseconds that an Engine which does not answer is asked again. */
export const defaultEngineGrace = 120_000

/** Milliseconds the same, where no Engine has answered yet: it may be one that closes each connection, for its TLS. */
const firstGrace = 5_000
const firstPause = 250
const longestPause = 5_000
/** Milliseconds after which a request that breaks off counts as the start of another absence. */
const lasting = 5_000

/** Milliseconds by which an absence may be noticed late. */
const noticed = 1_000

/** True where the failure says nothing of the Engine: the connection failed, or something in between answered. */
export function isUnanswered(error: unknown): error is EngineError {
  return isConnectionFailure(error) || isMiddleman(error)
}

/** True where the Engine may have acted on a request although its answer is missing. */
export function mayHaveArrived(error: unknown): boolean {
  if (!isUnanswered(error)) return false
  return !isConnectionFailure(error) || error.code === 'connection-lost' || error.code === 'no-answer'
}

/** How one request is asked again. */
export interface AskAgain {
  signal?: AbortSignal | undefined
  /** Whether the failure says nothing of the Engine. Default {@link isUnanswered}. */
  unanswered?: (error: unknown) => error is EngineError
}

/** Asks again while no answer comes from the Engine, for as long as it may stay away. */
export class EngineGrace {
  readonly #grace: number
  readonly #emit: Emit
  #answeredOnce = false
  #awaySince: number | undefined
  readonly #absences: { from: number; to: number }[] = []

  /** @param grace milliseconds. */
  constructor(emit: Emit, grace = defaultEngineGrace) {
    this.#emit = emit
    this.#grace = grace
  }

  /** When the Engine was away, in milliseconds since 1970; `to` is infinite until it answers. */
  get absences(): readonly { from: number; to: number }[] {
    return this.#absences
  }

  /** Whether a request is being asked again. */
  get isAway(): boolean {
    return this.#awaySince !== undefined
  }

  /** Whether the Engine was away at that time, in milliseconds since 1970. */
  wasAway(time: number): boolean {
    return this.#absences.some(({ from, to }) => time >= from - noticed && time <= to)
  }

  /** The result of `work`, which may be done twice. Rejects with its last failure when the grace is over. */
  async untilAnswered<T>(
    work: () => Promise<T>,
    { signal, unanswered = isUnanswered }: AskAgain = {},
  ): Promise<T> {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const begun = performance.now()
      try {
        const result = await work()
        this.#answered()
        return result
      } catch (error) {
        signal?.throwIfAborted()
        if (!unanswered(error) || !this.#isWorthAsking(error)) {
          if (error instanceof EngineError && error.code === 'status') this.#answered()
          throw error
        }
        if (performance.now() - begun > lasting) {
          this.#awaySince = undefined
          pause = firstPause
        }
        const grace = this.#graceAfter(error)
        this.#awaySince ??= this.#noteAbsence(error, grace)
        if (performance.now() + pause > this.#awaySince + grace) throw error
      }
      await pauseFor(pause, signal)
    }
  }

  /** The Engine has answered, though what was asked is not done yet. */
  noteAnswer(): void {
    this.#answeredOnce = true
    const last = this.#absences.at(-1)
    if (last?.to === Number.POSITIVE_INFINITY) last.to = Date.now()
  }

  #answered(): void {
    this.noteAnswer()
    this.#awaySince = undefined
  }

  // An address where no Engine has ever answered is likely wrong.
  #isWorthAsking({ code }: EngineError): boolean {
    return this.#answeredOnce || code === 'connection-lost' || code === 'not-an-engine' || code === 'status'
  }

  #graceAfter({ code, status = 0 }: EngineError): number {
    const isOtherServer = code === 'not-an-engine' && status < 500
    const unknown = !this.#answeredOnce && (code === 'connection-lost' || isOtherServer)
    return unknown ? Math.min(this.#grace, firstGrace) : this.#grace
  }

  #noteAbsence(error: EngineError, grace: number): number {
    this.#absences.push({ from: Date.now(), to: Number.POSITIVE_INFINITY })
    if (grace > 0) {
      const limit = durationText(grace)
      const message = `the Engine does not answer (${error.message}); asking it again for up to ${limit}`
      this.#emit({ type: 'warning', message })
    }
    return performance.now()
  }
}

/** Resolves after that time; rejects with a signal's reason. Unlike Node's own, it makes no error of its own. */
export async function pauseFor(
  milliseconds: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<void> {
  for (const signal of signals) signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      stopListening()
      resolve()
    }, milliseconds)
    const stopListening = onAbort(signals, reason => {
      clearTimeout(timer)
      stopListening()
      reject(reason)
    })
  })
}

/** Gives `work` that many milliseconds; its signal then aborts with an Error that says so. */
export async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const timedOut = () => controller.abort(new Error(`no answer within ${durationText(milliseconds)}`))
  const timer = new Timer(milliseconds, timedOut)
  try {
    return await work(controller.signal)
  } finally {
    timer.stop()
  }
}
