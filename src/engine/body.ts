import type { ByteSource } from './byte-source.ts'

/** How much of an answer may wait for its reader before the connection is paused. */
const highWater = 256 * 1024
/** Chunks up to this size are joined while they wait: an Engine sends a line of a log at a time. */
const joinLimit = 4096
const smallestSlab = 4096
const largestSlab = 64 * 1024

/** What a {@link Body} tells its connection. */
export interface Flow {
  pause(): void
  resume(): void
  /** Nobody wants the rest. */
  cancel(): void
}

/**
 * The bytes of an answer as they arrive, for one reader. The connection is paused while the reader lags, and closed
 * when the reader leaves before the end.
 */
export class Body implements AsyncIterable<Uint8Array>, ByteSource {
  readonly #flow: Flow
  readonly #queue: Uint8Array[] = []
  /** Small chunks, after those of the queue: the first of them, or all of them in a slab. */
  #first: Uint8Array | undefined
  #slab: Buffer | undefined
  #filled = 0
  #slabSize = smallestSlab
  #queued = 0
  #paused = false
  #end: { error?: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    if (chunk.length > joinLimit) {
      this.#closeSlab()
      this.#queue.push(chunk)
    } else this.#join(chunk)
    this.#queued += chunk.length
    if (this.#queued >= highWater && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
    this.#wake?.()
  }

  #join(chunk: Uint8Array): void {
    if (this.#slab !== undefined && this.#filled + chunk.length > this.#slab.length) this.#closeSlab()
    if (this.#slab !== undefined) this.#copy(chunk)
    else if (this.#first === undefined) this.#first = chunk
    else {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(this.#slabSize, this.#first.length + chunk.length))
      this.#slabSize = Math.min(this.#slabSize * 2, largestSlab)
      this.#copy(this.#first)
      this.#copy(chunk)
    }
  }

  #copy(chunk: Uint8Array): void {
    this.#slab?.set(chunk, this.#filled)
    this.#filled += chunk.length
  }

  /** Puts the small chunks into the queue. */
  #closeSlab(): void {
    const joined = this.#slab?.subarray(0, this.#filled) ?? this.#first
    if (joined !== undefined) this.#queue.push(joined)
    this.#first = undefined
    this.#slab = undefined
    this.#filled = 0
  }

  /** The answer is over; with an error, it broke off. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error }
    this.#wake?.()
  }

  /** Drops what has not been read and closes the connection, unless the answer is over. */
  cancel(): void {
    this.#closeSlab()
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
      if (this.#queue.length === 0) this.#closeSlab()
      const chunk = this.#queue.shift()
      if (chunk !== undefined) {
        this.#release(chunk.length)
        return chunk
      }
      if (this.#end === undefined) await this.#more()
      else if ('error' in this.#end) throw this.#end.error
      else return undefined
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
  async whole(limit: number): Promise<{ bytes: Buffer; truncated: boolean }> {
    // A small answer is there when its headers are.
    const first = this.#first
    if (
      this.#end !== undefined &&
      first?.length === this.#queued &&
      this.#queued <= limit &&
      !('error' in this.#end)
    ) {
      this.#first = undefined
      this.#queued = 0
      return { bytes: toBuffer(first), truncated: false }
    }
    const chunks: Uint8Array[] = []
    let size = 0
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
      chunks.push(chunk)
      size += chunk.length
      if (size <= limit) continue
      this.cancel()
      return { bytes: Buffer.concat(chunks).subarray(0, limit), truncated: true }
    }
    return { bytes: chunks.length === 1 ? toBuffer(chunks[0]) : Buffer.concat(chunks), truncated: false }
  }
}

function toBuffer(bytes: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Of an answer that has none. */
export function emptyBody(): Body {
  const body = new Body({ pause() {}, resume() {}, cancel() {} })
  body.end()
  return body
}
