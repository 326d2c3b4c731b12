import { pauseFor } from '../retry.ts'

/** Milliseconds that a request waits for other callers. */
const delay = 5

/**
 * Sends one request for all callers that ask the same at about the same time: however many jobs a process follows, it lists
 * their tasks together.
 */
export class CoalescedRequests<T> {
  readonly #send: (key: string, signal: AbortSignal) => Promise<T>
  /** The requests that were not sent yet. */
  readonly #unsent = new Map<string, Group<T>>()

  constructor(send: (key: string, signal: AbortSignal) => Promise<T>) {
    this.#send = send
  }

  /** Gives the response. Rejects with the signal's reason when that aborts; the last caller to leave ends the request. */
  async get(key: string, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const group = this.#unsent.get(key) ?? this.#open(key)
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
    const sendLater = async () => {
      await pauseFor(delay, leaving.signal).finally(() => this.#unsent.delete(key))
      return this.#send(key, leaving.signal)
    }
    const group: Group<T> = { callers: 0, leaving, result: sendLater() }
    // Prevents an unhandled rejection when every caller has left.
    group.result.catch(() => undefined)
    this.#unsent.set(key, group)
    return group
  }
}

interface Group<T> {
  callers: number
  leaving: AbortController
  result: Promise<T>
}
