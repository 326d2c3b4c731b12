import type { RunEvent } from '../../../run/events.ts'
import { type Canvas, type Line, line, plain } from './canvas.ts'
import type { Said } from './pulls.ts'
import { amountWords, copiedWords } from './words.ts'

/** The copy under way, and what is to be said of it. */
export class Copies {
  #current: Extract<RunEvent, { type: 'copy' }> | undefined

  get isActive(): boolean {
    return this.#current !== undefined
  }

  /** Takes an event; gives what is to be said of it. */
  take(event: RunEvent): Said | undefined {
    if (event.type === 'copy') this.#current = event
    else if (event.type === 'copied' || event.type === 'phase' || event.type === 'failed')
      this.#current = undefined
    return event.type === 'copied' ? { level: 'result', line: copiedWords(event.report) } : undefined
  }

  lines(canvas: Canvas): Line[] {
    if (this.#current === undefined || canvas.rows < 3) return []
    const { from, to, entries, bytes } = this.#current
    const done = amountWords(entries, bytes)
    return [line(canvas, [[plain(`copying ${from} to ${to}: ${done}`)], [`copying: ${done}`]])]
  }
}
