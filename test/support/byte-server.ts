import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { cut, random } from './random.ts'
import { type RawRequest, RequestReader } from './request-reader.ts'

/** `whole` as written, `bytes` one at a time, or a seed for random cuts. */
export type Cuts = 'whole' | 'bytes' | number

/**
 * What a script does, step by step: bytes are written; `client` waits for bytes after the request, until they hold
 * that text; `client-end` for the client's half-close. A script without an ending leaves the connection to the next request.
 */
export type Step =
  | string
  | Uint8Array
  | { client: string }
  | { do: 'client-end' | 'end' | 'reset' | 'hold' }
  | (() => unknown)

export interface Script {
  /** Start of `METHOD /path`, or a pattern for it. */
  on: string | RegExp
  steps: readonly Step[]
  cuts?: Cuts
  /** Answers before the request's body is in; the connection is of no use after. */
  early?: true
}

export const end: Step = { do: 'end' }
export const reset: Step = { do: 'reset' }
export const hold: Step = { do: 'hold' }
export const clientEnd: Step = { do: 'client-end' }

/** How long a connection may take to close, in milliseconds. */
const patience = 3_000

/** A server of scripted bytes. Of several scripts for a request, each is used once and the last for the rest. */
export class ByteServer implements AsyncDisposable {
  readonly requests: RawRequest[] = []
  /** Text that clients sent after a request that was answered with a raw connection. */
  sent = ''
  /** Connections accepted so far. */
  accepted = 0
  readonly #server: Server
  readonly #scripts: Script[]
  readonly #sockets = new Set<Socket>()
  readonly #address: string
  readonly #remove: () => Promise<void>

  private constructor(
    server: Server,
    scripts: readonly Script[],
    address: string,
    remove: () => Promise<void>,
  ) {
    this.#server = server
    this.#scripts = [...scripts]
    this.#address = address
    this.#remove = remove
    server.on('connection', socket => void this.#serve(socket))
  }

  static async start(scripts: readonly Script[], kind: 'unix' | 'tcp' = 'unix'): Promise<ByteServer> {
    const server = createServer({ allowHalfOpen: true })
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-bytes-'))
    const path = join(directory, 'engine.sock')
    server.listen(kind === 'unix' ? { path } : { port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const bound = server.address()
    const port = typeof bound === 'object' ? bound?.port : undefined
    const remove = () => rm(directory, { recursive: true, force: true })
    return new ByteServer(
      server,
      scripts,
      port === undefined ? `unix://${path}` : `tcp://127.0.0.1:${port}`,
      remove,
    )
  }

  /** As `DOCKER_HOST` has it. */
  get address(): string {
    return this.#address
  }

  get paths(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`)
  }

  /** Resolves when `condition` holds, which has to be soon. */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (const deadline = performance.now() + patience; !condition(); await setTimeout(2)) {
      if (performance.now() > deadline)
        throw new Error(`not within ${patience} ms: ${what}; saw ${this.paths.join(', ')}`)
    }
  }

  /** Resolves when no connection is open; fails when one stays open. */
  vacant(): Promise<void> {
    return this.until(`no connection is open (${this.#sockets.size} are)`, () => this.#sockets.size === 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.vacant()
    } finally {
      for (const socket of this.#sockets) socket.destroy()
      this.#server.close()
      await this.#remove()
    }
  }

  async #serve(socket: Socket): Promise<void> {
    this.accepted++
    this.#sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    const reader = new RequestReader(socket)
    for (let head = await reader.head(); head !== undefined; head = await reader.head()) {
      const script = this.#take(head)
      this.requests.push(script.early ? head : await reader.withBody(head))
      if (!(await this.#play(script, socket, reader))) return
    }
    socket.end()
  }

  #take({ method, path }: RawRequest): Script {
    const line = `${method} ${path}`
    const fits = ({ on }: Script) => (typeof on === 'string' ? line.startsWith(on) : on.test(line))
    const first = this.#scripts.findIndex(fits)
    const [script] = this.#scripts.slice(first)
    if (first < 0 || script === undefined) return { on: '', steps: [text(500, `no script for ${line}`), end] }
    if (this.#scripts.slice(first + 1).some(fits)) this.#scripts.splice(first, 1)
    return script
  }

  /** Tells whether the connection may carry another request. */
  async #play({ steps, cuts = 'whole' }: Script, socket: Socket, reader: RequestReader): Promise<boolean> {
    for (const step of steps) {
      if (typeof step === 'function') await step()
      else if (typeof step === 'string' || step instanceof Uint8Array)
        await write(socket, Buffer.from(step), cuts)
      else if ('client' in step) this.sent = await reader.until(step.client)
      else if (step.do === 'client-end') this.sent = await reader.rest()
      else return finish(socket, step.do)
    }
    return true
  }
}

function finish(socket: Socket, how: 'end' | 'reset' | 'hold'): false {
  if (how === 'end') socket.end()
  // A socket of the file system has no reset: with our side destroyed the client meets a broken pipe, or the end.
  if (how === 'reset') socket.remoteFamily === undefined ? socket.destroy() : socket.resetAndDestroy()
  if (how !== 'reset') socket.once('end', () => socket.end()).resume()
  return false
}

async function write(socket: Socket, bytes: Uint8Array, cuts: Cuts): Promise<void> {
  const pieces = cuts === 'whole' ? [bytes] : cut(bytes, cuts === 'bytes' ? () => 0 : random(cuts), 64)
  for (const piece of pieces) {
    if (socket.destroyed) return
    // Waiting for each keeps the kernel from joining them.
    await new Promise<unknown>(written => socket.write(piece, written))
  }
}

/** An answer with a length. */
export function text(status: number, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} X\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): string {
  return text(status, JSON.stringify(body), { 'Content-Type': 'application/json', ...headers })
}

/** The head of an answer that comes in chunks. */
export function chunkedHead(status = 200, headers: Record<string, string> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} X\r\n${lines.join('')}Transfer-Encoding: chunked\r\n\r\n`
}

/** One HTTP chunk; of nothing it is the last. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const content = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')])
}

export const ping: Script = {
  on: /\/_ping/,
  steps: ['HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n'],
}
