import type { OnReadOpts, Socket } from 'node:net'
import { type Duplex, Readable } from 'node:stream'
import type { ByteSource } from './byte-source.ts'
import { ReadPace, restTime } from './read-pace.ts'

/** What a read of a socket may bring at most. */
const bufferSize = 256 * 1024
/** Reads up to this size are copied out of the buffer that all sockets share; larger ones are worth more care. */
const copyLimit = 16 * 1024

// A read is dealt with before another socket's turn, so that one buffer does for all of them.
const shared = Buffer.allocUnsafeSlow(64 * 1024)
const taps = new WeakMap<Duplex, Tap>()

/** Bytes that stay: a copy of those which the next read of any socket would overwrite. */
export function lasting(bytes: Uint8Array): Uint8Array {
  return bytes.buffer === shared.buffer ? Buffer.from(bytes) : bytes
}

/** Has a socket read into buffers that are used again: these options go to `net.connect`, the socket to `attach`. */
export function tapped(): { onread: OnReadOpts; attach(socket: Socket): void } {
  const tap = new Tap()
  return {
    onread: {
      buffer: () => tap.buffer,
      callback: (length, buffer) => tap.received(buffer.subarray(0, length)),
    },
    attach(socket) {
      tap.socket = socket
      taps.set(socket, tap)
      socket.read = size => tap.given(size)
      socket.unshift = bytes => void Readable.prototype.unshift.call(socket, lasting(bytes))
    },
  }
}

/** What arrives on a socket from here on; nobody else may read it any more. */
export function bytesOf(socket: Duplex): ByteSource {
  return taps.get(socket)?.takeOver() ?? streamed(socket)
}

function streamed(socket: Duplex): ByteSource {
  const chunks = socket[Symbol.asyncIterator]()
  return {
    async read() {
      const { value } = await chunks.next()
      return value
    },
  }
}

/**
 * Reads a socket without the stream between. At first what comes is passed on to the stream, for whoever speaks HTTP
 * there; once taken over, it is read at most one read ahead of the reader.
 */
class Tap implements ByteSource {
  socket: Socket | undefined
  /** What the next read goes into. */
  buffer: Buffer = shared
  #spare: Buffer | undefined
  #taken = false
  /** Bytes for whoever reads the stream, on a road past its queue. */
  #direct: Uint8Array | undefined
  #ready: Uint8Array | undefined
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined
  #end: { error?: Error } | undefined
  readonly #pace = new ReadPace()
  #rest: NodeJS.Timeout | undefined

  /** False stops the reading. */
  received(bytes: Uint8Array): boolean {
    if (!this.#taken) return this.#passOn(bytes)
    const own = this.#own(bytes)
    if (this.#waiting === undefined) {
      this.#ready = own
      return false
    }
    this.#waiting.resolve(own)
    this.#waiting = undefined
    if (!this.#pace.restAfter(own.length)) return true
    this.#rest = setTimeout(() => this.socket?.resume(), restTime)
    return false
  }

  // The stream tells its reader in another turn, and puts every read through its queue: a twentieth of the CPU of a small
  // request.
  #passOn(read: Uint8Array): boolean {
    const socket = this.socket
    if (socket === undefined) return false
    // The parser of HTTP keeps parts of a head that is cut, and takes none as large as this.
    const bytes = read.length > copyLimit ? read : Buffer.from(read)
    if (socket.readableLength > 0) return socket.push(lasting(bytes))
    this.#direct = bytes
    socket.emit('readable')
    if (this.#direct === undefined) return true
    this.#direct = undefined
    return socket.push(lasting(bytes))
  }

  /** The socket's `read()`. */
  given(size?: number): unknown {
    const bytes = this.#direct
    // Not the socket's own: that one wants a connection, which a test's stand-in for a socket does not have.
    if (bytes === undefined || size !== undefined) return Readable.prototype.read.call(this.socket, size)
    this.#direct = undefined
    return bytes
  }

  /** Bytes that stay while the next are read. */
  #own(bytes: Uint8Array): Uint8Array {
    const full = this.buffer
    if (full !== shared) {
      this.buffer = this.#spare ?? Buffer.allocUnsafeSlow(bufferSize)
      this.#spare = full
      return bytes
    }
    if (bytes.length > copyLimit) this.buffer = Buffer.allocUnsafeSlow(bufferSize)
    return Buffer.from(bytes)
  }

  takeOver(): ByteSource {
    const socket = this.socket
    if (socket === undefined) return this
    const early = socket.read()
    if (early !== null) this.#ready = early
    this.#taken = true
    socket.on('end', () => this.#finish({}))
    socket.on('error', error => this.#finish({ error }))
    socket.on('close', () => {
      clearTimeout(this.#rest)
      if (this.#end === undefined) this.#finish({ error: new Error('the connection was closed') })
    })
    if (socket.readableEnded) this.#finish({})
    else if (socket.destroyed)
      this.#finish({ error: socket.errored ?? new Error('the connection was closed') })
    else if (early === null) socket.resume()
    else socket.pause()
    return this
  }

  #finish(end: { error?: Error }): void {
    this.#end ??= end
    if (this.#waiting === undefined) return
    if (this.#end.error === undefined) this.#waiting.resolve(undefined)
    else this.#waiting.reject(this.#end.error)
    this.#waiting = undefined
  }

  read(): Promise<Uint8Array | undefined> {
    const bytes = this.#ready
    if (bytes !== undefined) {
      this.#ready = undefined
      this.socket?.resume()
      return Promise.resolve(bytes)
    }
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error)
    if (this.#end !== undefined) return Promise.resolve(undefined)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }
}
