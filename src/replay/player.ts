import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { HttpParser, HttpSyntaxError } from './http-parser.ts'
import { type Exchange, isWhole, keepsConnection, type Step, shapeOf } from './match.ts'
import { Order } from './order.ts'
import { type Cut, type ReplayTiming, sizes, writeCut } from './pace.ts'
import { fromContent, type RecordedEvent } from './recording.ts'
import { refusal, wireBytes } from './wire.ts'

interface Manner {
  timing?: ReplayTiming
  cut?: Cut
}

/** A client's connection. */
interface Connection {
  readonly socket: Socket
  readonly input: AsyncIterator<Buffer>
  readonly pieces: Generator<number, never>
  /** What is, or was last, played on it. */
  exchange: Exchange | undefined
}

/** Answers the connections of a replay. */
export class Player {
  readonly unexpected: string[] = []
  readonly #events: readonly RecordedEvent[]
  readonly #exchanges: readonly Exchange[]
  readonly #manner: Required<Manner>
  readonly #order: Order
  readonly #ended = new AbortController()

  constructor(
    events: readonly RecordedEvent[],
    exchanges: readonly Exchange[],
    { timing = 'fast', cut = 'whole' }: Manner,
  ) {
    this.#events = events
    this.#exchanges = exchanges
    this.#manner = { timing, cut }
    this.#order = new Order(exchanges)
  }

  end(): void {
    this.#ended.abort()
    this.#order.end()
  }

  /** Answers one connection until either side leaves. */
  serve(socket: Socket): void {
    socket.on('error', () => undefined)
    const connection = {
      socket,
      input: socket.iterator({ destroyOnReturn: false }),
      pieces: sizes(this.#manner.cut),
      exchange: undefined,
    }
    // A client may leave at any time: whatever is under way fails then.
    this.#converse(connection)
      .catch(() => undefined)
      .finally(() => socket.destroy())
  }

  async #converse(connection: Connection): Promise<void> {
    const { socket, input } = connection
    const parser = new HttpParser('request')
    for await (const request of requestsOf(parser, input)) {
      const exchange = this.#claim(request)
      connection.exchange = exchange
      if (exchange === undefined) socket.write(refusal(request, this.#expected()))
      else if (keepsConnection(exchange)) {
        await Promise.all([this.#play(exchange, connection), this.#hear(exchange, parser.detach(), input)])
      } else if ((await this.#play(exchange, connection)) === 'closed') return
    }
  }

  #claim(request: string): Exchange | undefined {
    const shape = shapeOf(request)
    const alike = this.#exchanges.filter(exchange => exchange.shape === shape)
    const left = alike.filter(({ played }) => !played)
    const next = left.find(exchange => exchange.request === request) ?? left[0]
    if (next !== undefined) {
      next.played = true
      this.#order.done(next.index)
      return next
    }
    if (/^(GET|HEAD) \/_ping$/.test(shape) && alike.length > 0) return alike.at(-1)
    this.unexpected.push(request)
    return undefined
  }

  #expected(): string[] {
    return this.#exchanges.filter(({ played }) => !played).map(({ request }) => request)
  }

  async #play(exchange: Exchange, connection: Connection): Promise<'open' | 'closed'> {
    const { socket, pieces } = connection
    const steps = exchange.steps.filter(({ event }) => !('sent' in event))
    const bodiless = exchange.request.startsWith('HEAD ')
    try {
      for (const step of steps) {
        if ('closed' in step.event) return await this.#close(exchange, step, connection)
        await this.#turn(step)
        await writeCut(socket, wireBytes(step.event, bodiless), pieces)
        this.#order.done(step.index)
      }
      return 'open'
    } catch (error) {
      this.#order.done(...exchange.steps.map(({ index }) => index))
      throw error
    }
  }

  async #close(exchange: Exchange, step: Step, connection: Connection): Promise<'open' | 'closed'> {
    if ('closed' in step.event && step.event.closed === 'client') return 'open'
    const turn = this.#turn(step).finally(() => this.#order.done(step.index))
    if (keepsConnection(exchange) || !isWhole(exchange)) {
      await turn
      connection.socket.end()
      return 'closed'
    }
    // Until then the client may use the connection for another request: which one it takes is its own choice.
    turn.then(
      () => connection.exchange === exchange && connection.socket.destroySoon(),
      () => undefined,
    )
    return 'open'
  }

  async #turn({ event, index }: Step): Promise<void> {
    await this.#order.reached(index)
    if (this.#manner.timing === 'fast') return
    const before = this.#events[index - 1]?.at ?? 0
    await delay(event.at - before, undefined, { signal: this.#ended.signal })
  }

  /** Follows what the client sends over a raw connection. */
  async #hear(exchange: Exchange, early: Buffer, input: AsyncIterator<Buffer>): Promise<void> {
    const awaited = exchange.steps.filter(({ event }) => 'sent' in event)
    let heard = early.length
    const settle = () => {
      for (let next = awaited[0]; next !== undefined; next = awaited[0]) {
        const size = sentSize(next.event)
        if (size === undefined || heard < size) return
        heard -= size
        this.#order.done(next.index)
        awaited.shift()
      }
    }
    settle()
    try {
      for (let next = await input.next(); !next.done; next = await input.next()) {
        heard += next.value.length
        settle()
      }
    } finally {
      this.#order.done(...awaited.map(({ index }) => index))
    }
  }
}

function sentSize(event: RecordedEvent): number | undefined {
  return 'sent' in event && event.sent !== 'end' ? fromContent(event.sent).length : undefined
}

/** The requests of a connection, as `GET /_ping`, each when it is whole. */
async function* requestsOf(parser: HttpParser, input: AsyncIterator<Buffer>) {
  let request = ''
  for (let next = await input.next(); !next.done; next = await input.next()) {
    try {
      for (const part of parser.push(next.value)) {
        if (part.part === 'head') request = part.startLine.replace(/ HTTP\/1\.[01]$/, '')
        else if (part.part === 'end') yield request
      }
    } catch (error) {
      if (error instanceof HttpSyntaxError) return
      throw error
    }
  }
}
