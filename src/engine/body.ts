/** How much of an answer may wait for its reader before the connection is paused. */
const highWater = 256 * 1024

/** What a {@link Body} tells its connection. */
interface Flow {
  pause(): void
  resume(): void
  /** Nobody wants the rest. */
  cancel(): void
}

/**
 * The bytes of an answer as they arrive, for one reader. The connection is paused while the reader lags, and closed
 * when the reader leaves before the end.
 */
export class Body implements AsyncIterable<Uint8Array> {
  readonly #flow: Flow
  readonly #queue: Uint8Array[] = []
  #queued = 0
  #paused = false
  #end: { error?: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    this.#queue.push(chunk)
    this.#queued += chunk.length
    if (this.#queued >= highWater && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
    this.#wake?.()
  }

  /** The answer is over; with an error, it broke off. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error }
    this.#wake?.()
  }

  /** Drops what has not been read and closes the connection, unless the answer is over. */
  cancel(): void {
    this.#queue.length = 0
    this.#queued = 0
    if (this.#end !== undefined) return
    this.#end = {}
    this.#flow.cancel()
    this.#wake?.()
  }

  // Not a generator: its return() would wait for a next() that waits for bytes which never come.
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.cancel()
        return { done: true, value: undefined }
      },
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array, void>> {
    for (;;) {
      const chunk = this.#queue.shift()
      if (chunk !== undefined) {
        this.#release(chunk.length)
        return { done: false, value: chunk }
      }
      if (this.#end === undefined) await this.#more()
      else if ('error' in this.#end) throw this.#end.error
      else return { done: true, value: undefined }
    }
  }

  #release(bytes: number): void {
    this.#queued -= bytes
    if (!this.#paused || this.#queued >= highWater / 2) return
    this.#paused = false
    this.#flow.resume()
  }

  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  /** The whole answer, at most `limit` bytes of it; `truncated` when there was more. */
  async read(limit: number): Promise<{ bytes: Buffer; truncated: boolean }> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this) {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) break
    }
    return { bytes: Buffer.concat(chunks).subarray(0, limit), truncated: size > limit }
  }
}
