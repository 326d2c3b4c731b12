import { fingerprint } from '../../auth/fingerprint.ts'
import { HeldSecrets } from '../../redact/held.ts'
import type { Emit, RunEvent } from '../events.ts'
import { heedBreaker, type News, newsIn, tellBreakers } from './breaker-watch.ts'
import { type PullEnd, type PullRequest, pullImage } from './pull-attempts.ts'
import { pullClock } from './pull-clock.ts'

/** Pulls under way in this process, by what is pulled from where with which credentials. */
const underWay = new Map<string, SharedPull>()
/** When pulls last ended well, by the same key; the newest ones. */
const ended = new Map<string, number>()
const endedLimit = 256

/** How a shared pull went for one caller. */
export interface SharedEnd extends PullEnd {
  /** A pull that had ended well since that moment; nothing went out. */
  since?: true
}

/**
 * Pulls, or joins a pull of the same image that is under way. Each caller hears of the whole pull and may leave at any
 * time, by its own signal; the pull is dropped when the last has left.
 *
 * @param since a moment ({@link pullClock}) since which a pull that ended well will do. Undefined: only one under way.
 */
export async function sharePull(request: PullRequest, since?: number): Promise<SharedEnd> {
  const key = await keyOf(request)
  request.signal.throwIfAborted()
  if (since !== undefined && (ended.get(key) ?? 0) > since) return { concluded: true, since: true }
  let pull = underWay.get(key)
  if (pull === undefined) {
    pull = new SharedPull(request, key)
    underWay.set(key, pull)
  }
  return pull.join(request)
}

class SharedPull {
  readonly #key: string
  readonly #registry: string
  readonly #controller = new AbortController()
  readonly #listeners = new Set<Emit>()
  readonly #secrets = new HeldSecrets()
  /** The callers' own: they hold the secrets for longer than the pull. */
  readonly #holders = new Set<PullRequest['secrets']>()
  /** The breaker directories of all callers. */
  readonly #breakers = new Set<string>()
  /** What a latecomer has to know: the last event of each type, in order. */
  readonly #told = new Map<string, RunEvent>()
  readonly #end: Promise<PullEnd>
  #over = false

  constructor(request: PullRequest, key: string) {
    this.#key = key
    this.#registry = request.reference.domain
    this.#end = this.#begin(request).finally(() => {
      this.#over = true
      this.#secrets[Symbol.dispose]()
      this.#forget()
    })
    this.#end.catch(() => undefined)
  }

  // Over connections of its own: the first caller may close its Engine before the others have done.
  async #begin({ engine: given, ...request }: PullRequest): Promise<PullEnd> {
    await using engine = given.twin()
    const { signal } = this.#controller
    const emit: Emit = event => this.#tell(event)
    // Not at once: the first caller has yet to join.
    await undefined
    await heedBreaker(request.options.breaker, request.reference, emit)
    signal.throwIfAborted()
    try {
      const secrets = { hold: (found: Iterable<string>) => this.#hold(found) }
      const end = await pullImage({ ...request, engine, signal, emit, secrets })
      if (end.concluded) noteEnd(this.#key)
      await this.#tellBreakers('answer', emit)
      return end
    } catch (error) {
      if (!signal.aborted) await this.#tellBreakers(newsIn(error), emit)
      throw error
    }
  }

  #tell(event: RunEvent): void {
    const known = this.#told.get('warning')
    if (event.type === 'warning' && known?.type === 'warning' && known.message === event.message) return
    this.#told.delete(event.type)
    if (event.type === 'progress') this.#told.delete('retry')
    this.#told.set(event.type, event)
    for (const listener of this.#listeners) listener(event)
  }

  #hold(found: Iterable<string>): void {
    for (const holder of [this.#secrets, ...this.#holders]) holder.hold(found)
  }

  async #tellBreakers(news: News, emit: Emit): Promise<void> {
    await tellBreakers(this.#breakers, this.#registry, news, emit)
  }

  #forget(): void {
    if (underWay.get(this.#key) === this) underWay.delete(this.#key)
  }

  async join({
    engine,
    reference,
    reason,
    options,
    signal: given,
    emit,
    secrets,
  }: PullRequest): Promise<PullEnd> {
    const signal = AbortSignal.any([given, engine.closedSignal])
    const image = reference.text
    const shared = this.#listeners.size > 0
    const listener: Emit = event => {
      if (event.type === 'pull') emit({ ...event, image, reason, shared })
      else emit('image' in event ? { ...event, image } : event)
    }
    this.#listeners.add(listener)
    this.#holders.add(secrets)
    secrets.hold(this.#secrets)
    if (options.breaker !== undefined) this.#breakers.add(options.breaker)
    for (const event of this.#told.values()) listener(event)
    const left = Promise.withResolvers<never>()
    const leave = () => left.reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    try {
      if (signal.aborted) leave()
      return await Promise.race([this.#end, left.promise])
    } catch (error) {
      if (this.#listeners.size === 1 && !this.#over) await this.#drop(error, emit)
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
      this.#listeners.delete(listener)
      this.#holders.delete(secrets)
    }
  }

  /** Ends the pull that the last has left; a budget at its end is an outage like others. */
  async #drop(reason: unknown, emit: Emit): Promise<void> {
    this.#forget()
    this.#controller.abort()
    await this.#end.catch(() => undefined)
    await this.#tellBreakers(newsIn(reason), emit)
  }
}

function noteEnd(key: string): void {
  ended.delete(key)
  ended.set(key, pullClock())
  const [oldest] = ended.keys()
  if (ended.size > endedLimit && oldest !== undefined) ended.delete(oldest)
}

// With other credentials it is another pull: what is refused to one may be given to the other.
async function keyOf({ engine, reference, options }: PullRequest): Promise<string> {
  const { platform = null, config = null } = options
  const { fromImage, pullTag } = reference
  const credentials = identity(options.credentials)
  return JSON.stringify([await engine.address(), fromImage, pullTag, platform, config, credentials])
}

const functions = new WeakMap<object, number>()

// A function by its identity; a user and a password by a hash of their text.
function identity(credentials: PullRequest['options']['credentials']): string | number | null {
  if (credentials === undefined) return null
  if (typeof credentials !== 'function') return fingerprint(credentials)
  const known = functions.get(credentials)
  if (known !== undefined) return known
  const id = pullClock()
  functions.set(credentials, id)
  return id
}
