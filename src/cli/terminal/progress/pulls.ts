import type { RunEvent } from '../../../run/events.ts'
import { Changes } from './plain.ts'
import { PullView } from './pull-view.ts'
import { pullWords, retryWords, skippedWords, staleWords } from './words.ts'

/**
 * How much a line matters: a `change` is printed only without bars, a `result` is the last line of a pull, a `notice`
 * is more than progress, an `alarm` concerns what the job will compute.
 */
export type Level = 'change' | 'result' | 'notice' | 'alarm'

export interface Said {
  level: Level
  line: string
}

interface Entry {
  view: PullView
  changes: Changes
  /** Why it was last retried. */
  failed?: string
}

/** The pulls in progress, and the lines to print about them. */
export class Pulls {
  readonly #entries = new Map<string, Entry>()

  get views(): PullView[] {
    return [...this.#entries.values()].map(({ view }) => view)
  }

  /** Handles an event; returns the lines to print. */
  take(event: RunEvent, now: number): Said | undefined {
    if (event.type === 'pull') return this.#begin(event, now)
    if (event.type === 'progress') return this.#step(event, now)
    if (event.type === 'retry') return this.#retry(event, now)
    if (event.type === 'image') return this.#conclude(event, now)
    if (event.type === 'warning') return { level: 'notice', line: `warning: ${event.message}` }
    if (event.type === 'skipped') return { level: 'notice', line: skippedWords(event) }
    if (event.type === 'failed') this.#entries.clear()
    if (event.type !== 'stale') return undefined
    this.forget(event.image)
    return { level: 'alarm', line: staleWords(event) }
  }

  /** The pull of that image has ended. */
  forget(image: string): void {
    this.#entries.delete(image)
  }

  #begin(event: Extract<RunEvent, { type: 'pull' }>, now: number): Said | undefined {
    const { image } = event
    const words = pullWords(event)
    const known = this.#entries.get(image)
    if (known?.view.words === words) return undefined
    this.#entries.set(image, known ?? { view: new PullView(image, words, now), changes: new Changes() })
    return { level: 'change', line: words }
  }

  #step(event: Extract<RunEvent, { type: 'progress' }>, now: number): Said | undefined {
    const entry = this.#entries.get(event.image)
    entry?.view.take(event, now)
    const line = entry?.changes.line(event, this.#entries.size > 1 ? event.image : undefined)
    return line === undefined ? undefined : { level: 'change', line }
  }

  #retry(event: Extract<RunEvent, { type: 'retry' }>, now: number): Said {
    const entry = this.#entries.get(event.image)
    entry?.view.restart(event.attempt, event.delay, now)
    entry?.changes.restart()
    const line = retryWords(event, entry?.failed)
    if (entry !== undefined) entry.failed = event.failure.message
    return { level: 'notice', line }
  }

  #conclude({ image, id }: Extract<RunEvent, { type: 'image' }>, now: number): Said | undefined {
    const entry = this.#entries.get(image)
    this.forget(image)
    return entry && { level: 'result', line: entry.view.conclusion(id, now) }
  }
}
