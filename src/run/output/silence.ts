import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { OutputSource } from '../execution.ts'
import { Timer } from '../timer.ts'

interface SilenceOptions {
  /** Milliseconds. */
  limit: number
  /** The Engine does not answer: it is not the container that is silent. */
  isAway(): boolean
  onSilence(): void
}

/**
 * Output that reports when the container prints nothing for too long. A slow reader is not silence, and neither is a log
 * that is read up to where delivery stopped.
 */
export class SilenceWatch implements OutputSource {
  readonly #source: OutputSource
  readonly #options: SilenceOptions

  constructor(source: OutputSource, options: SilenceOptions) {
    this.#source = source
    this.#options = options
  }

  get activeAt(): number {
    return this.#source.activeAt ?? 0
  }

  async read(): Promise<readonly OutputChunk[] | undefined> {
    const { limit, isAway, onSilence } = this.#options
    let timer: Timer
    const watch = (milliseconds: number) => {
      timer = new Timer(milliseconds, check)
      return timer
    }
    const check = () => {
      const left = this.activeAt + limit - performance.now()
      if (left > 0 || isAway()) watch(left > 0 ? left : limit)
      else onSilence()
    }
    timer = watch(limit)
    try {
      return await this.#source.read()
    } finally {
      timer.stop()
    }
  }

  close(): void {
    this.#source.close()
  }
}
