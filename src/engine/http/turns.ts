import { onAbort } from './signals.ts'

/** A semaphore: so many turns can be taken at a time, and further calls wait in order. */
export class Turns {
  #free: number
  readonly #waiting: Array<() => void> = []

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a turn if one is free. */
  tryTake(): boolean {
    if (this.#free === 0) return false
    this.#free--
    return true
  }

  /** Takes a turn once one is free. Rejects with the signal's reason. */
  async take(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.tryTake()) return
    await new Promise<void>((resolve, reject) => {
      const begin = () => {
        stopListening()
        resolve()
      }
      this.#waiting.push(begin)
      const stopListening = onAbort([signal], reason => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        stopListening()
        reject(reason)
      })
    })
  }

  /** Gives a turn back; the longest waiting call takes it. */
  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
