import { FrameJoiner } from '../streams/frame-joiner.ts'
import type { ByteSource } from './message.ts'
import { giveSlabBack, slabSize, takeSlab } from './slabs.ts'

/** How much of an answer may wait for its reader before the connection is paused. */
const highWater = 256 * 1024
/** Chunks up to this size are joined while they wait: an Engine sends a line of a log at a time. */
const joinLimit = 4096

/** What a {@link Body} tells its connection. */
export interface Flow {
  pause(): void
  resume(): void
  /** Nobody wants the rest. */
  cancel(): void
}

/**
 * The bytes of an answer as they arrive, for one reader, who iterates them, reads them, or takes and gives back. The
 * connection is paused while the reader lags, and closed when the reader leaves before the end.
 */
export class Body implements AsyncIterable<Uint8Array>, ByteSource {
  readonly #flow: Flow
  readonly #queue: Uint8Array[] = []
  /** Chunks to be joined, after those of the queue: the first of them, or all of them in a slab. */
  #first: Uint8Array | undefined
  #slab: Buffer | undefined
  #filled = 0
  /** Whether so many wait at a time that a whole slab is worth its while. */
  #crowded = false
  /** When the bytes are frames. */
  #joiner: FrameJoiner | undefined
  /** Whether the reader gives back what he has taken: chunks of any size are joined then. */
  #returning = false
  /** What was taken last. */
  #last: Uint8Array | undefined
  #queued = 0
  #paused = false
  #end: { error?: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    if (chunk.length > (this.#returning ? slabSize / 2 : joinLimit)) {
      this.#closeSlab()
      this.#enqueue(chunk)
      this.#queued += chunk.length
    } else this.#join(chunk)
    if (this.#queued >= highWater && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
    this.#wakeUp()
  }

  #join(chunk: Uint8Array): void {
    if (this.#slab !== undefined && this.#filled + chunk.length > this.#slab.length) {
      this.#closeSlab()
      this.#crowded = true
    }
    if (this.#slab !== undefined) this.#copy(chunk, this.#slab)
    else if (this.#first === undefined && chunk.length <= joinLimit) {
      this.#first = chunk
      this.#queued += chunk.length
    } else {
      const first = this.#first
      const large = this.#crowded || chunk.length > joinLimit
      this.#slab = large ? takeSlab() : Buffer.allocUnsafeSlow(2 * joinLimit)
      if (first !== undefined) {
        // Counted again as it is copied.
        this.#queued -= first.length
        this.#copy(first, this.#slab)
      }
      this.#copy(chunk, this.#slab)
    }
  }

  #copy(chunk: Uint8Array, slab: Buffer): void {
    const filled = this.#filled
    if (this.#joiner === undefined) {
      slab.set(chunk, filled)
      this.#filled += chunk.length
    } else this.#filled = this.#joiner.join(chunk, slab, filled)
    this.#queued += this.#filled - filled
  }

  /** Puts the small chunks into the queue. */
  #closeSlab(): void {
    if (this.#slab !== undefined) this.#queue.push(this.#slab.subarray(0, this.#filled))
    else if (this.#first !== undefined) this.#enqueue(this.#first)
    this.#first = undefined
    this.#slab = undefined
    this.#filled = 0
  }

  #enqueue(chunk: Uint8Array): void {
    this.#joiner?.pass(chunk)
    this.#queue.push(chunk)
  }

  /** The bytes are frames of a container's output: those that wait become fewer and larger ones. */
  joinFrames(): void {
    this.#closeSlab()
    const joiner = new FrameJoiner()
    for (const chunk of this.#queue) joiner.pass(chunk)
    this.#joiner = joiner
  }

  /** The answer is over; with an error, it broke off. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error }
    this.#wakeUp()
  }

  /** Drops what has not been read and closes the connection, unless the answer is over. */
  cancel(): void {
    this.#closeSlab()
    this.#queue.length = 0
    this.#queued = 0
    if (this.#end !== undefined) return
    this.#end = {}
    this.#flow.cancel()
    this.#wakeUp()
  }

  // Not a generator: its return() would wait for a next() that waits for bytes which never come.
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, void, undefined> {
    return {
      next: async () => {
        const value = await this.take()
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      return: async () => {
        this.cancel()
        return { done: true, value: undefined }
      },
    }
  }

  /** The next bytes, good until the next are asked for; undefined at the end. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#last !== undefined) this.giveBack(this.#last)
    return this.take()
  }

  /** The next bytes, which the reader may keep, or give back; undefined at the end. */
  async take(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#queue.length === 0) this.#closeSlab()
      this.#last = this.#queue.shift()
      if (this.#last !== undefined) {
        this.#release(this.#last.length)
        return this.#last
      }
      if (this.#end === undefined) await this.#more()
      else if ('error' in this.#end) throw this.#end.error
      else return undefined
    }
  }

  /** Bytes, or a part of them, after which nothing is read any more of what was taken with them: their memory is used again. */
  giveBack(bytes: Uint8Array): void {
    this.#returning = true
    giveSlabBack(bytes)
  }

  #release(bytes: number): void {
    this.#queued -= bytes
    if (!this.#paused || this.#queued >= highWater / 2) return
    this.#paused = false
    this.#flow.resume()
  }

  // The bare `resolve`: by a closure around it each wait would keep the next one alive, until a major collection.
  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #wakeUp(): void {
    const wake = this.#wake
    if (wake === undefined) return
    this.#wake = undefined
    wake()
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
    for (let chunk = await this.take(); chunk !== undefined; chunk = await this.take()) {
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
