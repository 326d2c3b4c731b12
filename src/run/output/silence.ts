import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { OutputSource } from '../execution.ts'

// Node's timers end at once when they are asked for more.
const longestTimer = 2 ** 31 - 1

export interface SilenceOptions {
  /** Milliseconds. */
  limit: number
  /** The Engine does not answer: it is not the container that is silent. */
  isAway(): boolean
  onSilence(): void
}

/** Output that reports when the container prints nothing for too long. A reader that is slow is not silence. */
export class SilenceWatch implements OutputSource {
  readonly #source: OutputSource
  readonly #options: SilenceOptions

  constructor(source: OutputSource, options: SilenceOptions) {
    this.#source = source
    this.#options = options
  }

  async read(): Promise<readonly OutputChunk[] | undefined> {
    const { limit, isAway, onSilence } = this.#options
    const check = () => {
      if (!isAway()) onSilence()
    }
    const timer = setInterval(check, Math.min(limit, longestTimer))
    try {
      return await this.#source.read()
    } finally {
      clearInterval(timer)
    }
  }

  close(): void {
    this.#source.close()
  }
}
