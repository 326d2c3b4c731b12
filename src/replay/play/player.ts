import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { HttpParser } from '../bytes/http-parser.ts'
import { isWhole, keepsConnection } from '../file/exchange.ts'
import { Matcher, type Matching, type Request } from '../match/match.ts'
import type { LinkedExchange, Step } from '../order/step.ts'
import { isOrdered, titleOf } from '../order/target.ts'
import { Causality } from './causality.ts'
import { forward, type Input, inputOf, requestsOf } from './input.ts'
import type { Cut, ReplayTiming } from './pace.ts'
import { Stdin } from './stdin.ts'
import { type Bytes, refusal, wireOf } from './wire.ts'
import { Writer } from './writer.ts'

/** How a recording is played. */
interface PlayerOptions {
  timing: ReplayTiming
  cut: Cut
  matching: Matching
  /** Takes a line about what is waited for. */
  notice(text: string): void
}

/** A client's connection. */
interface Connection {
  readonly socket: Socket
  readonly input: Input
  readonly writer: Writer
  /** What is, or was last, played on it. */
  current: LinkedExchange | undefined
}

/** Answers the connections of a replay. */
export class Player {
  /** Requests that were refused. */
  readonly unexpected: string[] = []
  /** What was not as it had been recorded, a sentence each. */
  readonly problems: string[] = []
  readonly #all: readonly LinkedExchange[]
  readonly #options: PlayerOptions
  readonly #matcher: Matcher
  readonly #causality: Causality
  readonly #ended = new AbortController()

  constructor(all: readonly LinkedExchange[], options: PlayerOptions) {
    this.#all = all
    this.#options = options
    this.#matcher = new Matcher(all, options.matching)
    this.#causality = new Causality(options.notice)
  }

  /** Recorded requests that have not come. */
  get missing(): LinkedExchange[] {
    return this.#matcher.left.filter(({ exchange }) => exchange.optional !== true)
  }

  /** What was not said, as what it waits for has not happened. */
  get waiting(): string[] {
    return this.#causality.waiting.map(({ step, awaited }) => `line ${step.line} still waits for ${awaited}`)
  }

  end(): void {
    // The default reason is an Error, with a stack.
    this.#ended.abort('ended')
    this.#causality.end()
  }

  /** Answers one connection until either side leaves. */
  serve(socket: Socket): void {
    socket.on('error', () => undefined)
    const connection = {
      socket,
      input: inputOf(socket),
      writer: new Writer(socket, this.#options.cut),
      current: undefined,
    }
    // A client may leave at any time: whatever is under way fails then.
    this.#converse(connection)
      .catch(() => undefined)
      .finally(() => socket.destroy())
  }

  async #converse(connection: Connection): Promise<void> {
    const { input, writer } = connection
    const parser = new HttpParser('request')
    for await (const request of requestsOf(parser, input)) {
      const claimed = this.#claim(request)
      connection.current = typeof claimed === 'string' ? undefined : claimed
      if (typeof claimed === 'string') writer.write(refusal(request.line, claimed))
      else if (keepsConnection(claimed.exchange)) await this.#playRaw(claimed, connection, parser.detach())
      else if ((await this.#play(claimed, connection)) === 'closed') break
    }
    await writer.done
  }

  #claim(request: Request): LinkedExchange | string {
    const found = this.#matcher.find(request)
    if (typeof found === 'string') {
      this.unexpected.push(request.line)
      this.problems.push(found)
      return found
    }
    this.#checkOrder(found)
    this.#causality.requested(found)
    return found
  }

  #checkOrder(linked: LinkedExchange): void {
    if (linked.container === undefined || !isOrdered(linked.target)) return
    const late = this.#all
      .slice(0, this.#all.indexOf(linked))
      .find(
        other =>
          other.container === linked.container &&
          !this.#matcher.isUsed(other) &&
          other.exchange.optional !== true &&
          isOrdered(other.target),
      )
    if (late === undefined) return
    this.problems.push(
      `out of order: ${titleOf(linked.target)} (line ${linked.line}) came before ${titleOf(late.target)} (line ${late.line})`,
    )
  }

  async #playRaw(linked: LinkedExchange, connection: Connection, early: Buffer): Promise<void> {
    const stdin = new Stdin()
    stdin.push(early)
    const forwarded = forward(connection.input, stdin)
    await this.#play(linked, connection, stdin)
    const sends = linked.steps.some(({ said }) => 'sent' in said && said.sent !== 'end')
    const difference = sends && isPlain(linked) ? stdin.difference() : undefined
    if (this.#options.matching.body !== false && difference !== undefined) {
      this.problems.push(
        `${titleOf(linked.target)} (line ${linked.line}) was sent something else: ${difference}`,
      )
    }
    await forwarded
  }

  async #play(linked: LinkedExchange, connection: Connection, stdin?: Stdin): Promise<'open' | 'closed'> {
    const { writer } = connection
    try {
      for (const { step, bytes } of this.#pieces(linked)) {
        const { said } = step
        if ('sent' in said) {
          if (stdin !== undefined)
            await this.#causality.wait(step, `what is sent to ${titleOf(linked.target)}`, stdin.until(said))
        } else if ('closed' in said) return await this.#close(linked, step, connection)
        else if (this.#waits(step)) await this.#turn(linked, step)
        writer.write(bytes)
      }
      return 'open'
    } finally {
      this.#causality.ended(linked, writer)
    }
  }

  async #close(linked: LinkedExchange, step: Step, connection: Connection): Promise<'open' | 'closed'> {
    const turn = this.#turn(linked, step)
    if (keepsConnection(linked.exchange) || !isWhole(linked.exchange)) {
      await turn
      connection.writer.end()
      return 'closed'
    }
    // Until then the client may use the connection for another request: which one it takes is its own choice.
    turn.then(
      () => connection.current === linked && connection.writer.end(),
      () => undefined,
    )
    return 'open'
  }

  /** What is to be said, in pieces that each begin with a step that waits. */
  #pieces(linked: LinkedExchange): Array<{ step: Step; bytes: Bytes }> {
    const bytesOf = wireOf(linked.exchange)
    const pieces: Array<{ step: Step; bytes: Bytes }> = []
    linked.steps.forEach(step => {
      const last = pieces.at(-1)
      const bytes = bytesOf(step.said)
      if (last === undefined || this.#waits(step)) pieces.push({ step, bytes })
      else last.bytes += bytes
    })
    return pieces
  }

  #waits({ said, causes }: Step): boolean {
    return causes.length > 0 || this.#options.timing !== 'fast' || 'sent' in said || 'closed' in said
  }

  /** Waits until it is the turn of an utterance: for its causes, and for the recorded pause behind them. */
  async #turn(linked: LinkedExchange, step: Step): Promise<void> {
    await this.#causality.reached(step)
    const { at } = step.said
    if (this.#options.timing === 'fast' || at === undefined) return
    const before = [
      linked.exchange.at,
      linked.steps[linked.steps.indexOf(step) - 1]?.said.at,
      ...step.causes.map(({ on, what }) => (what === 'end' ? on.steps.at(-1)?.said.at : on.exchange.at)),
    ]
    const since = Math.max(...before.filter(time => time !== undefined))
    await delay(Math.max(0, at - since), undefined, { signal: this.#ended.signal })
  }
}

/** False after an upgrade to a protocol of which the recording has only lengths. */
function isPlain({ exchange }: LinkedExchange): boolean {
  const upgrade = Object.entries(exchange.headers).find(([name]) => /^upgrade$/i.test(name))?.[1]
  return upgrade === undefined || /^tcp$/i.test(String(upgrade))
}
