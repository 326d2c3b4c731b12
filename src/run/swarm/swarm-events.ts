import type { Engine } from '../../engine/engine.ts'
import type { EngineEvent } from '../../engine/wire.ts'
import { pauseFor } from '../retry.ts'

/** Milliseconds between two attempts to listen. */
const retryPause = 2_000
/** The attribute by which the events of a task's container name its service. */
const serviceLabel = 'com.docker.swarm.service.id'

/**
 * Notifies listeners that a service may have changed: on an event of the service, of a node, or of one of its containers on
 * the manager itself. All services that this process follows share one stream; without it, the next poll sees the change.
 */
export class SwarmEvents {
  readonly #engine: Engine
  readonly #listeners = new Map<string, Set<() => void>>()
  #closing: AbortController | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Returns a function that ends the listening; the last one closes the stream. */
  listen(service: string, onChange: () => void): () => void {
    const own = this.#listeners.get(service) ?? new Set()
    this.#listeners.set(service, own.add(onChange))
    if (this.#closing === undefined) {
      this.#closing = new AbortController()
      void this.#read(this.#closing.signal)
    }
    return () => {
      own.delete(onChange)
      if (own.size === 0) this.#listeners.delete(service)
      if (this.#listeners.size > 0) return
      this.#closing?.abort(over)
      this.#closing = undefined
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const filters = { type: ['service', 'node', 'container'], event: ['die', 'update', 'remove'] }
    while (!signal.aborted) {
      try {
        for await (const event of await this.#engine.system.events({ filters, signal })) this.#notify(event)
      } catch {
        // The next look at the tasks meets an Engine that is away, and reports it.
      }
      await pauseFor(retryPause, signal).catch(() => undefined)
    }
  }

  #notify({ Type, Actor: { ID, Attributes } }: EngineEvent): void {
    const service = Type === 'service' ? ID : Attributes?.[serviceLabel]
    if (Type !== 'node' && service === undefined) return
    const concerned =
      service === undefined ? [...this.#listeners.values()] : [this.#listeners.get(service) ?? []]
    for (const onChange of concerned.flatMap(each => [...each])) onChange()
  }
}

/** Shared, because creating an Error captures a stack. */
const over = new Error('no service is followed any more')
