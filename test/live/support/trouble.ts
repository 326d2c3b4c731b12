import { EventEmitter, once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { type Cut, relay, type SeenRequest, see, trickle } from './relay.ts'

/**
 * Every connection: `reset` once it has spoken; `slow`, a byte a second; `silent`, accepted and never answered.
 * Every request: `html`, or the status; 403 and 404 after a `/v2/` that is well. `proxy` passes on to the upstream.
 */
export type Mode =
  | '500'
  | '503'
  | '429'
  | '401'
  | '403'
  | '404'
  | 'reset'
  | 'html'
  | 'slow'
  | 'silent'
  | 'proxy'

export interface BlobCut extends Omit<Cut, 'reached'> {
  /** Of this blob only ("sha256:…"); without it of all. What is no longer than `after` passes whole. */
  digest?: string
}

export async function startTrouble(mode: Mode, upstream = ''): Promise<Trouble> {
  const trouble = new Trouble(mode, upstream)
  await trouble.listen()
  return trouble
}

export class Trouble implements AsyncDisposable {
  /** May be changed at any time: holds for connections made from then on. */
  mode: Mode
  /** In `proxy` mode: what becomes of blobs. */
  blobs: BlobCut | undefined
  /** Accepted so far. */
  connections = 0
  readonly requests: SeenRequest[] = []
  readonly #upstream: string
  readonly #sockets = new Set<Socket>()
  readonly #events = new EventEmitter()
  readonly #server = createServer(socket => this.#accept(socket))
  readonly #http = createHttpServer((request, response) => this.#answer(request, response))

  constructor(mode: Mode, upstream: string) {
    this.mode = mode
    this.#upstream = upstream
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** "127.0.0.1:PORT", the front of an image's name. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
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
    if (this.mode === 'silent') socket.resume()
    else if (this.mode === 'reset') socket.once('data', () => socket.resetAndDestroy())
    else if (this.mode === 'slow') socket.once('data', () => drip(socket))
    else this.#http.emit('connection', socket)
    this.#events.emit('open')
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(see(request, response))
    if (this.mode === 'proxy') {
      this.#pass(request, response).catch(() => response.destroy())
      return
    }
    response.shouldKeepAlive = false
    const { status, type, body, headers } = answerTo(this.mode, request.url)
    response.writeHead(status, {
      ...headers,
      'content-type': type,
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const digest =
      request.method === 'GET' ? request.url?.match(/\/blobs\/(sha256:[0-9a-f]+)$/)?.[1] : undefined
    const { blobs } = this
    const cuts = blobs && digest && (blobs.digest ?? digest) === digest
    const cut = cuts ? { ...blobs, reached: () => this.#events.emit('cut') } : undefined
    await relay(request, response, this.#upstream, cut)
  }
}

interface Answer {
  status: number
  type: string
  body: string
  headers?: Record<string, string>
}

const page = '<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>'
const well: Answer = { status: 200, type: 'application/json', body: '{}' }

function answerTo(mode: Mode, url: string | undefined): Answer {
  const base = url === '/v2/'
  switch (mode) {
    case '401':
      return { ...refusal(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': 'Basic realm="trouble"' } }
    case '403':
      return base ? well : refusal(403, 'DENIED')
    case '404':
      return base ? well : refusal(404, 'MANIFEST_UNKNOWN')
    case '429':
      return { ...refusal(429, 'TOOMANYREQUESTS'), headers: { 'retry-after': '1' } }
    case 'html':
      return { status: 200, type: 'text/html', body: page }
    default:
      return { status: Number(mode), type: 'text/plain', body: 'in trouble\n' }
  }
}

/** With a detail, as real registries do: without it Engine 20.10 takes MANIFEST_UNKNOWN for no more than a 500. */
function refusal(status: number, code: string): Answer {
  const error = { code, message: code.toLowerCase().replace('_', ' '), detail: {} }
  return { status, type: 'application/json', body: JSON.stringify({ errors: [error] }) }
}

async function drip(socket: Socket): Promise<void> {
  socket.resume()
  const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
  await pipeline(trickle(Buffer.from(answer), 1000), socket).catch(() => socket.destroy())
}
