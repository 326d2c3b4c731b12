import { pauseFor } from '../retry.ts'

/** Milliseconds in which callers gather for one request. */
const gathering = 5

/**
 * One request for all callers that ask the same at about the same time: however many jobs a process follows, their tasks are listed
 * together.
 */
export class SharedAsk<T> {
  readonly #ask: (key: string, signal: AbortSignal) => Promise<T>
  /** Those that have yet to be sent. */
  readonly #gathering = new Map<string, Group<T>>()

  constructor(ask: (key: string, signal: AbortSignal) => Promise<T>) {
    this.#ask = ask
  }

  /** Rejects with the signal's reason when that aborts; the last caller to leave ends the request. */
  async ask(key: string, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const group = this.#gathering.get(key) ?? this.#open(key)
    group.callers++
    const left = Promise.withResolvers<never>()
    const leave = () => {
      left.reject(signal.reason)
      if (--group.callers === 0) group.leaving.abort(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([group.result, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #open(key: string): Group<T> {
    const leaving = new AbortController()
    const send = async () => {
      await pauseFor(gathering, leaving.signal).finally(() => this.#gathering.delete(key))
      return this.#ask(key, leaving.signal)
    }
    const group: Group<T> = { callers: 0, leaving, result: send() }
    // Every caller may have left.
    group.result.catch(() => undefined)
    this.#gathering.set(key, group)
    return group
  }
}

interface Group<T> {
  callers: number
  leaving: AbortController
  result: Promise<T>
}
