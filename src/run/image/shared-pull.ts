import { fingerprint } from '../../auth/fingerprint.ts'
import type { Engine } from '../../engine/engine.ts'
import { unlessAborted } from '../../engine/http/signals.ts'
import { HeldSecrets } from '../../redact/held.ts'
import type { Emit, RunEvent } from '../events.ts'
import type { ImageOptions } from '../options.ts'
import { EngineGrace } from '../retry.ts'
import { checkBreaker, type Observation, observationOf, recordInBreakers } from './breaker-watch.ts'
import { type PullEnd, type PullRequest, pullImage } from './pull-attempts.ts'

/** Pulls under way in this process, by what is pulled from where with which credentials. */
const underWay = new Map<string, SharedPull>()

/** One caller's part in a pull. */
export interface SharedRequest extends Omit<PullRequest, 'grace'> {
  options: PullRequest['options'] & Pick<ImageOptions, 'engineGrace'>
  /**
   * Whether the image is on the Engine by now; asked before a pull begins. Another pull of it, in this process or not, may
   * have ended since the caller has looked. Undefined: it is pulled in any case.
   */
  isLocal?: ((engine: Engine, signal: AbortSignal) => Promise<boolean>) | undefined
}

/**
 * Pulls, or joins a pull of the same image that is under way. Each caller gets all events of the pull and may leave at any
 * time, by its own signal; the pull is dropped when the last has left.
 */
export async function sharePull(request: SharedRequest): Promise<PullEnd> {
  const key = await keyOf(request)
  request.signal.throwIfAborted()
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
  readonly #holders = new Set<SharedRequest['secrets']>()
  /** The breaker directories of all callers. */
  readonly #breakers = new Set<string>()
  /** What a latecomer has to know: the last event of each type, in order. */
  readonly #latest = new Map<string, RunEvent>()
  readonly #end: Promise<PullEnd>
  #over = false

  constructor(request: SharedRequest, key: string) {
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
  async #begin({ engine: given, isLocal, ...request }: SharedRequest): Promise<PullEnd> {
    await using engine = given.twin()
    const { signal } = this.#controller
    const emit: Emit = event => this.#broadcast(event)
    const grace = new EngineGrace(emit, request.options.engineGrace)
    // The caller has had its answer that the image is not there.
    grace.noteAnswer()
    // Not at once: the caller has yet to join.
    await undefined
    if (isLocal && (await grace.untilAnswered(() => isLocal(engine, signal), { signal })))
      return { concluded: true }
    await checkBreaker(request.options.breaker, request.reference, emit)
    signal.throwIfAborted()
    try {
      const secrets = { hold: (found: Iterable<string>) => this.#hold(found) }
      const end = await pullImage({ ...request, engine, signal, emit, grace, secrets })
      await this.#recordInBreakers('answer', emit)
      return end
    } catch (error) {
      if (!signal.aborted) await this.#recordInBreakers(observationOf(error), emit)
      throw error
    }
  }

  #broadcast(event: RunEvent): void {
    const known = this.#latest.get('warning')
    if (event.type === 'warning' && known?.type === 'warning' && known.message === event.message) return
    this.#latest.delete(event.type)
    if (event.type === 'progress') this.#latest.delete('retry')
    this.#latest.set(event.type, event)
    for (const listener of this.#listeners) listener(event)
  }

  #hold(found: Iterable<string>): void {
    for (const holder of [this.#secrets, ...this.#holders]) holder.hold(found)
  }

  async #recordInBreakers(observed: Observation, emit: Emit): Promise<void> {
    await recordInBreakers(this.#breakers, this.#registry, observed, emit)
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
  }: SharedRequest): Promise<PullEnd> {
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
    for (const event of this.#latest.values()) listener(event)
    try {
      return await unlessAborted(this.#end, signal)
    } catch (error) {
      if (this.#listeners.size === 1 && !this.#over) await this.#drop(error, emit)
      throw error
    } finally {
      this.#listeners.delete(listener)
      this.#holders.delete(secrets)
    }
  }

  /** Ends the pull that the last has left; a budget at its end is an outage like others. */
  async #drop(reason: unknown, emit: Emit): Promise<void> {
    this.#forget()
    this.#controller.abort()
    await this.#end.catch(() => undefined)
    await this.#recordInBreakers(observationOf(reason), emit)
  }
}

// With other credentials it is another pull: what is refused to one may be given to the other.
async function keyOf({ engine, reference, options }: SharedRequest): Promise<string> {
  const { platform = null, config = null } = options
  const { fromImage, pullTag } = reference
  const credentials = identity(options.credentials)
  return JSON.stringify([await engine.address(), fromImage, pullTag, platform, config, credentials])
}

const functions = new WeakMap<object, number>()
let functionCount = 0

// A function by its identity; a user and a password by a hash of their text.
function identity(credentials: SharedRequest['options']['credentials']): string | number | null {
  if (credentials === undefined) return null
  if (typeof credentials !== 'function') return fingerprint(credentials)
  const known = functions.get(credentials)
  if (known !== undefined) return known
  functions.set(credentials, ++functionCount)
  return functionCount
}
