import type { Exchange, Step } from './match.ts'

/** Milliseconds that the next recorded request is waited for before the conversation goes on without it. */
const patience = 2_000

/**
 * Keeps what the Engine does in its recorded place: nothing happens before all that was said before it. A request that
 * never comes, as another client may leave it out, is given up after a while in which nothing happened.
 */
export class Order {
  /** What is still to happen, by its place, and what it belongs to. */
  readonly #pending = new Map<number, Exchange>()
  /** The places where it is a client's turn. */
  readonly #clients = new Set<number>()
  readonly #waiting = new Set<{ place: number; go: () => void }>()
  #first = 0
  #end = 0
  #timer: NodeJS.Timeout | undefined

  constructor(exchanges: readonly Exchange[]) {
    for (const exchange of exchanges) {
      this.#expect(exchange.index, exchange, true)
      for (const { index, event } of placed(exchange)) this.#expect(index, exchange, 'sent' in event)
    }
  }

  #expect(place: number, exchange: Exchange, client: boolean): void {
    this.#pending.set(place, exchange)
    if (client) this.#clients.add(place)
    this.#end = Math.max(this.#end, place + 1)
  }

  /** What has these places has been done, or will not be. */
  done(...places: number[]): void {
    for (const place of places) this.#pending.delete(place)
    this.#release()
  }

  /** Resolves when all that was said before that place has been said. */
  reached(place: number): Promise<void> {
    return new Promise(go => {
      this.#waiting.add({ place, go })
      this.#release()
    })
  }

  #release(): void {
    clearTimeout(this.#timer)
    while (this.#first < this.#end && !this.#pending.has(this.#first)) this.#first++
    for (const waiter of this.#waiting) {
      if (waiter.place > this.#first && this.#first < this.#end) continue
      this.#waiting.delete(waiter)
      waiter.go()
    }
    // What the Engine is to do is on its way: it may take its time.
    if (this.#waiting.size === 0 || !this.#clients.has(this.#first)) return
    this.#timer = setTimeout(() => this.#giveUp(this.#first), patience)
  }

  // Without the request there is no answer to wait for.
  #giveUp(place: number): void {
    const exchange = this.#pending.get(place)
    const answer = exchange?.index === place ? exchange.steps.map(({ index }) => index) : []
    this.done(place, ...answer)
  }

  /** Lets everything go. */
  end(): void {
    this.#pending.clear()
    this.#release()
    clearTimeout(this.#timer)
  }
}

/** The steps that others wait for: not what a client does with a connection that has been closed, nor its own closing. */
function placed({ steps }: Exchange): Step[] {
  const closed = steps.findIndex(({ event }) => 'closed' in event)
  const open = closed === -1 ? steps : steps.slice(0, closed + 1)
  return open.filter(({ event }) => !('closed' in event && event.closed === 'client'))
}
