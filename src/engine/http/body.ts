import type { ByteSource } from './byte-source.ts'

/** Bytes of a response that may wait for their reader before the connection is paused. */
const highWater = 256 * 1024
/** Bytes up to which chunks that wait are read as one: the Engine sends each log message in an HTTP chunk of its own. */
const joinLimit = 16 * 1024

/** How a {@link Body} controls its connection. */
export interface Flow {
  pause(): void
  resume(): void
  /** The rest is not wanted. */
  cancel(): void
}

/** How long a body may bring nothing while all of it is waited for. */
interface StallLimit {
  /** Milliseconds; 0 for no limit. */
  stall: number
  /** The error then. */
  stalled(): unknown
}

/**
 * The bytes of a response as they arrive, for one reader, which iterates or calls `read`. The connection is paused while
 * the reader lags, and closed when the reader leaves before the end.
 */
export class Body implements AsyncIterable<Uint8Array>, ByteSource {
  readonly #flow: Flow
  readonly #chunks: Uint8Array[] = []
  #queued = 0
  #paused = false
  #end: { error?: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    this.#chunks.push(chunk)
    this.#queued += chunk.length
    if (this.#queued >= highWater && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
    this.#wakeUp()
  }

  /** The response is complete; with an error, it broke off. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error }
    this.#wakeUp()
  }

  /** Drops what has not been read and closes the connection, unless the response is complete. */
  cancel(): void {
    this.#chunks.length = 0
    this.#queued = 0
    if (this.#end !== undefined) return
    this.#end = {}
    this.#flow.cancel()
    this.#wakeUp()
  }

  // Not a generator: its return() would wait for a pending next().
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void, undefined> {
    return {
      next: async () => {
        const value = await this.read()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      return: async () => {
        this.cancel()
        return { done: true, value: undefined }
      },
    }
  }

  /** The next bytes, which the reader may keep; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#take()
      if (chunk !== undefined || this.#isOver()) return chunk
      await this.#more()
    }
  }

  /** Whether nothing will come. Throws the error that it broke off with. */
  #isOver(): boolean {
    if (this.#end !== undefined && 'error' in this.#end) throw this.#end.error
    return this.#end !== undefined
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#joined()
    if (chunk !== undefined) this.#release(chunk.length)
    return chunk
  }

  #joined(): Uint8Array | undefined {
    let count = 0
    let size = 0
    for (; size < joinLimit; count++) {
      const chunk = this.#chunks[count]
      if (chunk === undefined) break
      size += chunk.length
    }
    return count > 1 ? Buffer.concat(this.#chunks.splice(0, count), size) : this.#chunks.shift()
  }

  #release(bytes: number): void {
    this.#queued -= bytes
    if (!this.#paused || this.#queued >= highWater / 2) return
    this.#paused = false
    this.#flow.resume()
  }

  // The bare `resolve`: with a closure around it, each wait keeps the next one alive until a major collection.
  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** All of the response, at most `limit` bytes of it; `truncated` when there was more. */
  async whole(limit: number, within?: StallLimit): Promise<{ bytes: Buffer; truncated: boolean }> {
    const chunks: Uint8Array[] = []
    let size = 0
    let timer: NodeJS.Timeout | undefined
    try {
      for (;;) {
        const chunk = this.#take()
        if (chunk === undefined) {
          if (this.#isOver()) return { bytes: Buffer.concat(chunks), truncated: false }
          if (within?.stall) timer ??= setTimeout(() => this.#fail(within.stalled()), within.stall)
          await this.#more()
          timer?.refresh()
          continue
        }
        chunks.push(chunk)
        size += chunk.length
        if (size <= limit) continue
        this.cancel()
        return { bytes: Buffer.concat(chunks).subarray(0, limit), truncated: true }
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #fail(error: unknown): void {
    if (this.#end !== undefined) return
    this.end(error)
    this.#flow.cancel()
  }
}

/** Of a response that has none. */
export function emptyBody(): Body {
  const body = new Body({ pause() {}, resume() {}, cancel() {} })
  body.end()
  return body
}
