import { EventEmitter, once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls'
import { type Cut, relay, type SeenRequest, see, trickle } from './relay.ts'
import { type AnswerMode, isAnswerMode, reply } from './trouble-answer.ts'

/**
 * Every connection: `silent`, accepted and never answered; once it has spoken `reset`, `eof` (closed without a word),
 * `junk` (not HTTP), or `slow`, a byte a second. Every request: an {@link AnswerMode}, as `502` or `silent-manifest`.
 * `proxy` passes on to the upstream; `blobs` tells what becomes of blobs: cut short, frozen, trickling, or answered else.
 */
export type Mode = 'reset' | 'eof' | 'junk' | 'slow' | 'proxy' | AnswerMode

export interface BlobCut extends Omit<Cut, 'reached'> {
  /** Of this blob only ("sha256:…"); without it of all. What is no longer than `after` passes whole. */
  digest?: string
}

/** Instead of the blob. */
export interface BlobAnswer {
  answer: AnswerMode
  digest?: string
}

export interface TroubleOptions {
  /** An address of this machine. Engines want TLS of what is not in 127.0.0.0/8. */
  host?: string
  /** Key and certificate, to speak TLS. */
  tls?: Pick<SecureContextOptions, 'key' | 'cert'>
}

export async function startTrouble(
  mode: Mode,
  upstream = '',
  options: TroubleOptions = {},
): Promise<Trouble> {
  const trouble = new Trouble(mode, upstream, options)
  await trouble.listen()
  return trouble
}

export class Trouble implements AsyncDisposable {
  /** May be changed at any time: holds for connections made from then on. */
  mode: Mode
  /** In `proxy` mode: what becomes of blobs. */
  blobs: BlobCut | BlobAnswer | undefined
  /** Accepted so far. */
  connections = 0
  readonly requests: SeenRequest[] = []
  readonly #upstream: string
  readonly #host: string
  readonly #sockets = new Set<Socket>()
  readonly #events = new EventEmitter()
  readonly #server: Server
  readonly #http = createHttpServer((request, response) => this.#answer(request, response))

  constructor(mode: Mode, upstream: string, { host = '127.0.0.1', tls }: TroubleOptions) {
    this.mode = mode
    this.#upstream = upstream
    this.#host = host
    const speak = (socket: Socket) => this.#speak(socket)
    this.#server = tls ? createTlsServer(tls, speak) : createServer(speak)
    this.#server.prependListener('connection', socket => this.#accept(socket))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, this.#host)
    await once(this.#server, 'listening')
  }

  /** "HOST:PORT", the front of an image's name. */
  get address(): string {
    return `${this.#host}:${(this.#server.address() as AddressInfo).port}`
  }

  /** Open right now. */
  get open(): number {
    return this.#sockets.size
  }

  /** Resolves when a connection is open: at once, or with the next one. */
  async waitForConnection(): Promise<void> {
    if (this.open === 0) await once(this.#events, 'open')
  }

  async waitForNoConnections(): Promise<void> {
    while (this.open > 0) await once(this.#events, 'close')
  }

  /** Resolves when the next blob has been sent up to its cut. */
  async waitForCut(): Promise<void> {
    await once(this.#events, 'cut')
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #accept(socket: Socket): void {
    this.connections += 1
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#events.emit('close')
    })
    this.#events.emit('open')
  }

  #speak(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.mode === 'silent') socket.resume()
    else if (this.mode === 'reset') socket.once('data', () => socket.resetAndDestroy())
    else if (this.mode === 'eof') socket.once('data', () => socket.destroy())
    else if (this.mode === 'junk') socket.once('data', () => socket.end('+OK ready\r\n'))
    else if (this.mode === 'slow') socket.once('data', () => drip(socket))
    else this.#http.emit('connection', socket)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(see(request, response))
    if (this.mode === 'proxy') this.#pass(request, response).catch(() => response.destroy())
    else if (isAnswerMode(this.mode)) reply(this.mode, request, response)
    else response.destroy()
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const digest =
      request.method === 'GET' ? request.url?.match(/\/blobs\/(sha256:[0-9a-f]+)$/)?.[1] : undefined
    const { blobs } = this
    if (!blobs || !digest || (blobs.digest ?? digest) !== digest)
      await relay(request, response, this.#upstream)
    else if ('answer' in blobs) reply(blobs.answer, request, response)
    else await relay(request, response, this.#upstream, { ...blobs, reached: () => this.#events.emit('cut') })
  }
}

async function drip(socket: Socket): Promise<void> {
  socket.resume()
  const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
  await pipeline(trickle(Buffer.from(answer), { bytes: 1, everyMs: 1000 }), socket).catch(() =>
    socket.destroy(),
  )
}
