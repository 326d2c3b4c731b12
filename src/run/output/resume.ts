import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { Execution, OutputSource } from '../execution.ts'
import { type EngineGrace, pauseFor } from '../retry.ts'

/** Milliseconds by which the exit of a container may be known later than the end of its output. */
const lag = 1_000
/** Milliseconds by which the end of one connection may be seen later than that of another. */
const skew = 100

interface Watch {
  execution: Execution
  grace: EngineGrace
  /** Aborted once the exit is known. */
  exited: AbortSignal
  onGap(reason: string): void
}

/** Reads an execution's output, and reports what of it may be missing. */
export class ResumingSource implements OutputSource {
  readonly #attached: OutputSource
  readonly #watch: Watch
  #closed = false

  constructor(attached: OutputSource, watch: Watch) {
    this.#attached = attached
    this.#watch = watch
  }

  async read(): Promise<readonly OutputChunk[] | undefined> {
    const pieces = await this.#attached.read()
    if (pieces === undefined && !this.#closed) await this.#verify(this.#watch)
    return pieces
  }

  // An Engine that restarts closes the stream cleanly. A container that closes its own stdout looks the same.
  async #verify({ grace, exited, onGap }: Watch): Promise<void> {
    await pauseFor(skew, exited).catch(() => undefined)
    const brokeOff = !exited.aborted && grace.isAway
    if (brokeOff) onGap('the connection to the Engine broke off while the container ran')
    await pauseFor(lag - skew, exited).catch(() => undefined)
    if (!exited.aborted && !(await this.#hasEnded()) && !brokeOff)
      onGap('the output ended while the container went on')
  }

  async #hasEnded(): Promise<boolean> {
    const { execution, exited } = this.#watch
    const state = await execution.state(exited).catch(() => undefined)
    return exited.aborted || state?.phase === 'ended'
  }

  close(): void {
    this.#closed = true
    this.#attached.close()
  }
}
