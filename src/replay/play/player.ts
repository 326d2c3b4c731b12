import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { HttpParser } from '../bytes/http-parser.ts'
import { isWhole, keepsConnection } from '../file/exchange.ts'
import { Matcher, type Matching, type Request } from '../match/match.ts'
import type { Linked, Step } from '../order/step.ts'
import { isOrdered, titleOf } from '../order/target.ts'
import { Causality } from './causality.ts'
import { hear, type Input, inputOf, requestsOf } from './input.ts'
import type { Cut, ReplayTiming } from './pace.ts'
import { Stdin } from './stdin.ts'
import { refusal, wireOf } from './wire.ts'
import { Writer } from './writer.ts'

/** How a recording is played. */
export interface Manner {
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
  one: Linked | undefined
}

/** Answers the connections of a replay. */
export class Player {
  /** Requests that were refused. */
  readonly unexpected: string[] = []
  /** What was not as it had been recorded, a sentence each. */
  readonly problems: string[] = []
  readonly #linked: readonly Linked[]
  readonly #manner: Manner
  readonly #matcher: Matcher
  readonly #causality: Causality
  readonly #ended = new AbortController()

  constructor(linked: readonly Linked[], manner: Manner) {
    this.#linked = linked
    this.#manner = manner
    this.#matcher = new Matcher(linked, manner.matching)
    this.#causality = new Causality(manner.notice)
  }

  /** Recorded requests that have not come. */
  get missing(): Linked[] {
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
      writer: new Writer(socket, this.#manner.cut),
      one: undefined,
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
      const one = this.#claim(request)
      connection.one = typeof one === 'string' ? undefined : one
      if (typeof one === 'string') writer.write(refusal(request.line, one))
      else if (keepsConnection(one.exchange)) await this.#playRaw(one, connection, parser.detach())
      else if ((await this.#play(one, connection)) === 'closed') break
    }
    await writer.done
  }

  #claim(request: Request): Linked | string {
    const found = this.#matcher.find(request)
    if (typeof found === 'string') {
      this.unexpected.push(request.line)
      this.problems.push(found)
      return found
    }
    this.#checkOrder(found)
    this.#causality.came(found)
    return found
  }

  #checkOrder(one: Linked): void {
    if (one.container === undefined || !isOrdered(one.target)) return
    const late = this.#linked
      .slice(0, this.#linked.indexOf(one))
      .find(
        other =>
          other.container === one.container &&
          !this.#matcher.isUsed(other) &&
          other.exchange.optional !== true &&
          isOrdered(other.target),
      )
    if (late === undefined) return
    this.problems.push(
      `out of order: ${titleOf(one.target)} (line ${one.line}) came before ${titleOf(late.target)} (line ${late.line})`,
    )
  }

  async #playRaw(one: Linked, connection: Connection, early: Buffer): Promise<void> {
    const stdin = new Stdin()
    stdin.push(early)
    const heard = hear(connection.input, stdin)
    await this.#play(one, connection, stdin)
    const sends = one.steps.some(({ said }) => 'sent' in said && said.sent !== 'end')
    const difference = sends && isPlain(one) ? stdin.difference() : undefined
    if (this.#manner.matching.body !== false && difference !== undefined) {
      this.problems.push(`${titleOf(one.target)} (line ${one.line}) was sent something else: ${difference}`)
    }
    await heard
  }

  async #play(one: Linked, connection: Connection, stdin?: Stdin): Promise<'open' | 'closed'> {
    const { writer } = connection
    const bytesOf = wireOf(one.exchange)
    try {
      for (const { step, bytes } of one.steps.map(step => ({ step, bytes: bytesOf(step.said) }))) {
        const { said } = step
        if ('sent' in said) {
          if (stdin !== undefined)
            await this.#causality.wait(step, `what is sent to ${titleOf(one.target)}`, stdin.until(said))
        } else if ('closed' in said) return await this.#close(one, step, connection)
        else {
          if (this.#waits(step)) await this.#turn(one, step)
          writer.write(bytes)
        }
      }
      return 'open'
    } finally {
      this.#causality.over(one, writer)
    }
  }

  async #close(one: Linked, step: Step, connection: Connection): Promise<'open' | 'closed'> {
    const turn = this.#turn(one, step)
    if (keepsConnection(one.exchange) || !isWhole(one.exchange)) {
      await turn
      connection.writer.end()
      return 'closed'
    }
    // Until then the client may use the connection for another request: which one it takes is its own choice.
    turn.then(
      () => connection.one === one && connection.writer.end(),
      () => undefined,
    )
    return 'open'
  }

  #waits({ causes }: Step): boolean {
    return causes.length > 0 || this.#manner.timing !== 'fast'
  }

  /** Waits until it is the turn of an utterance: for its causes, and for the recorded pause behind them. */
  async #turn(one: Linked, step: Step): Promise<void> {
    await this.#causality.reached(step)
    const { at } = step.said
    if (this.#manner.timing === 'fast' || at === undefined) return
    const before = [
      one.exchange.at,
      one.steps[one.steps.indexOf(step) - 1]?.said.at,
      ...step.causes.map(({ on, what }) => (what === 'end' ? on.steps.at(-1)?.said.at : on.exchange.at)),
    ]
    const since = Math.max(...before.filter(time => time !== undefined))
    await delay(Math.max(0, at - since), undefined, { signal: this.#ended.signal })
  }
}

/** False after an upgrade to a protocol of which the recording has only lengths. */
function isPlain({ exchange }: Linked): boolean {
  const upgrade = Object.entries(exchange.headers).find(([name]) => /^upgrade$/i.test(name))?.[1]
  return upgrade === undefined || /^tcp$/i.test(String(upgrade))
}
