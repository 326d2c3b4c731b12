import type { RunEvent } from '../../../run/events.ts'
import { Layers } from './layers.ts'
import { Meter } from './meter.ts'
import { pulledWords, upToDateWords } from './words.ts'

/** The state of a pull, from its events. */
export class PullView {
  readonly image: string
  /** The event that announced the pull. */
  readonly words: string
  readonly layers = new Layers()
  readonly meter = new Meter()
  /** When the last attempt started. */
  askedAt: number
  /** The attempt it waits for, and until when. */
  again: { attempt: number; at: number } | undefined
  readonly #startedAt: number
  #upToDate = false

  constructor(image: string, words: string, now: number) {
    this.image = image
    this.words = words
    this.askedAt = now
    this.#startedAt = now
  }

  take(event: Extract<RunEvent, { type: 'progress' }>, now: number): void {
    this.again = undefined
    this.#upToDate ||= event.status.startsWith('Status: Image is up to date')
    const bytes = this.layers.take(event)
    if (bytes > 0) this.meter.add(bytes, now)
  }

  /** The pull is retried. */
  restart(attempt: number, delay: number, now: number): void {
    this.layers.restart()
    this.askedAt = now + delay
    this.again = { attempt, at: this.askedAt }
  }

  /** The line that stays once the image is local. */
  conclusion(imageId: string, now: number): string {
    const took = now - this.#startedAt
    if (this.#upToDate) return upToDateWords(this.image, took)
    return pulledWords(this.image, took, this.layers.brought(imageId))
  }
}
