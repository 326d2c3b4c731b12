import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ByteSource } from './byte-source.ts'
import { ReadPace, restTime } from './read-pace.ts'

/** A connection that carries bytes both ways once HTTP has handed it over. It ends with its request's signal. */
export interface RawConnection extends ByteSource {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>
  /** Closes our half; what the other side still sends can be read. */
  closeInput(): void
  /** Drops the connection; a reader gets the end. */
  close(): void
  /** Drops the connection; a reader gets this error, as it is. */
  fail(error: unknown): void
}

/** What a read of a socket may bring at most. */
const bufferSize = 256 * 1024
/** Reads up to this size are copied out of the buffer that all sockets share. */
const copyLimit = 16 * 1024

/** Each read is handled before another socket's turn, so one buffer serves all quiet connections. */
export const sharedBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * A socket opened with `onread`: read without a stream's queue, at most one read ahead of the reader, and late where that
 * halves the number of reads (see {@link ReadPace}).
 */
export class RawSocket implements RawConnection {
  readonly #socket: Socket
  readonly #translate: (error: Error) => unknown
  /** What the next read goes into. */
  buffer: Buffer = sharedBuffer
  #spare: Buffer | undefined
  #ready: Uint8Array | undefined
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined
  #end: { error?: unknown } | undefined
  readonly #pace = new ReadPace()
  #rest: NodeJS.Timeout | undefined

  /**
   * @param early what was read along with the response's head
   * @param translate says what an error of the socket means
   */
  constructor(socket: Socket, early: Uint8Array, translate: (error: Error) => unknown) {
    this.#socket = socket
    this.#translate = translate
    if (early.length > 0) {
      this.#ready = early
      socket.pause()
    }
    socket.on('end', () => this.#finish({}))
    socket.on('error', error => this.fail(translate(error)))
    socket.on('close', () => {
      clearTimeout(this.#rest)
      if (this.#end === undefined) this.fail(translate(new Error('the connection was closed')))
    })
  }

  /** Called with what a read brought; false pauses the socket. */
  received(bytes: Uint8Array): boolean {
    const own = this.#own(bytes)
    if (this.#waiting === undefined) {
      this.#ready = own
      return false
    }
    this.#waiting.resolve(own)
    this.#waiting = undefined
    if (!this.#pace.restAfter(own.length)) return true
    this.#rest = setTimeout(() => this.#socket.resume(), restTime)
    return false
  }

  /** Bytes that stay as they are during the next read. */
  #own(bytes: Uint8Array): Uint8Array {
    const full = this.buffer
    if (full !== sharedBuffer) {
      this.buffer = this.#spare ?? Buffer.allocUnsafeSlow(bufferSize)
      this.#spare = full
      return bytes
    }
    if (bytes.length > copyLimit) this.buffer = Buffer.allocUnsafeSlow(bufferSize)
    return Buffer.from(bytes)
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end
    if (this.#waiting === undefined) return
    if ('error' in this.#end) this.#waiting.reject(this.#end.error)
    else this.#waiting.resolve(undefined)
    this.#waiting = undefined
  }

  read(): Promise<Uint8Array | undefined> {
    const bytes = this.#ready
    if (bytes !== undefined) {
      this.#ready = undefined
      this.#socket.resume()
      return Promise.resolve(bytes)
    }
    if (this.#end !== undefined)
      return 'error' in this.#end ? Promise.reject(this.#end.error) : Promise.resolve(undefined)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeTo(this.#socket, bytes, this.#translate)
  }

  closeInput(): void {
    this.#socket.end()
  }

  close(): void {
    this.#finish({})
    this.#socket.destroy()
  }

  fail(error: unknown): void {
    this.#finish({ error })
    this.#socket.destroy()
  }
}

/** A stream that undici has handed over after an upgrade: over TLS or ssh. */
export class RawStream implements RawConnection {
  readonly #stream: Duplex
  readonly #translate: (error: Error) => unknown
  readonly #chunks: AsyncIterator<Uint8Array>
  #end: { error?: unknown } | undefined

  /** @param translate says what an error of the stream means */
  constructor(stream: Duplex, translate: (error: Error) => unknown) {
    this.#stream = stream
    this.#translate = translate
    // The reader gets it; without a listener it would end the process before that.
    stream.on('error', error => {
      this.#end ??= { error: translate(error) }
    })
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const { value } = await this.#chunks.next()
      if (value !== undefined) return value
    } catch (error) {
      this.#end ??= { error: this.#translate(error as Error) }
    }
    if (this.#end !== undefined && 'error' in this.#end) throw this.#end.error
    return undefined
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeTo(this.#stream, bytes, this.#translate)
  }

  closeInput(): void {
    this.#stream.end()
  }

  close(): void {
    this.#end ??= {}
    this.#stream.destroy()
  }

  fail(error: unknown): void {
    this.#end ??= { error }
    this.#stream.destroy()
  }
}

function writeTo(stream: Duplex, bytes: Uint8Array, translate: (error: Error) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, error => (error ? reject(translate(error)) : resolve()))
  })
}
