import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a run asks of an Engine. */
export const operations = {
  ping: /^(HEAD|GET) \/_ping$/,
  image: /^GET \/images\/(.+)\/json$/,
  pull: /^POST \/images\/create$/,
  create: /^POST \/containers\/create$/,
  list: /^GET \/containers\/json$/,
  attach: /^POST \/containers\/([^/]+)\/attach$/,
  wait: /^POST \/containers\/([^/]+)\/wait$/,
  start: /^POST \/containers\/([^/]+)\/start$/,
  stop: /^POST \/containers\/([^/]+)\/stop$/,
  kill: /^POST \/containers\/([^/]+)\/kill$/,
  resize: /^POST \/containers\/([^/]+)\/resize$/,
  inspect: /^GET \/containers\/([^/]+)\/json$/,
  archive: /^(?:HEAD|GET|PUT) \/containers\/([^/]+)\/archive$/,
  logs: /^GET \/containers\/([^/]+)\/logs$/,
  stats: /^GET \/containers\/([^/]+)\/stats$/,
  remove: /^DELETE \/containers\/([^/]+)$/,
  volumes: /^GET \/volumes$/,
  volume: /^GET \/volumes\/([^/]+)$/,
  createVolume: /^POST \/volumes\/create$/,
  removeVolume: /^DELETE \/volumes\/([^/]+)$/,
  info: /^GET \/info$/,
  events: /^GET \/events$/,
  services: /^GET \/services$/,
}
export type Operation = keyof typeof operations

/** A request as it came. */
export interface Seen {
  operation: Operation | 'unknown'
  method: string
  /** With the version and the query. */
  target: string
  /** Without them. */
  path: string
  /** The name or id in the path. */
  about: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: string
  /** Resolves when its connection is closed. */
  closed: Promise<unknown>
}

/** One request, and the road back. */
export interface Exchange {
  seen: Seen
  socket: Duplex
  response: ServerResponse
  /** Answers as the Engine does. */
  proceed(): Promise<void>
  /** Answers with that status; a text becomes the Engine's message. */
  answer(status: number, body?: string | object): void
  /** Begins an answer with these lines of JSON, and leaves it open. */
  lines(...values: readonly object[]): void
  /** Breaks the connection off. */
  drop(): void
}

/** One promise for a connection, however many requests it carries. */
const closings = new WeakMap<Socket, Promise<unknown>>()

function closing(socket: Socket): Promise<unknown> {
  const known = closings.get(socket) ?? new Promise(resolve => socket.once('close', resolve))
  closings.set(socket, known)
  return known
}

export function receive(request: IncomingMessage): Seen {
  const { method = '', headers } = request
  const target = request.url ?? ''
  const url = new URL(target, 'http://docker')
  const path = url.pathname.replace(/^\/v\d+\.\d+/, '')
  const known = Object.keys(operations) as Operation[]
  const operation = known.find(each => operations[each].test(`${method} ${path}`)) ?? 'unknown'
  const about = operation === 'unknown' ? '' : (operations[operation].exec(`${method} ${path}`)?.[1] ?? '')
  const closed = closing(request.socket)
  const query = url.searchParams
  return {
    operation,
    method,
    target,
    path,
    about: decodeURIComponent(about),
    query,
    headers,
    body: '',
    closed,
  }
}

/** The headers and bodies of dockerd 20.10. */
export function openExchange(
  { seen, socket, response }: Pick<Exchange, 'seen' | 'socket' | 'response'>,
  version: string,
  proceed: (exchange: Exchange) => unknown,
): Exchange {
  const head = { 'Api-Version': version, 'Docker-Experimental': 'false', Ostype: 'linux', Server: 'Docker' }
  const exchange: Exchange = {
    seen,
    socket,
    response,
    proceed: async () => void (await proceed(exchange)),
    answer(status, body) {
      if (seen.operation === 'attach') return refuseRaw(socket, status, String(body))
      response.writeHead(status, { ...head, ...(body && { 'Content-Type': 'application/json' }) })
      if (body === undefined || seen.method === 'HEAD') return void response.end()
      response.end(`${JSON.stringify(typeof body === 'string' ? { message: body } : body)}\n`)
    },
    lines(...values) {
      response.writeHead(200, { ...head, 'Content-Type': 'application/json' }).flushHeaders()
      for (const value of values) response.write(`${JSON.stringify(value)}\r\n`)
    },
    drop: () => void socket.destroy(),
  }
  return exchange
}

/** An attach has taken the connection over before it fails: plain text, to the end of the connection. */
function refuseRaw(socket: Duplex, status: number, words: string): void {
  const type = 'Content-Type: application/vnd.docker.raw-stream'
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${type}\r\n\r\n${words}\r\n`)
}

/** Turns an HTTP connection into a raw one. */
export function upgrade(socket: Duplex): Duplex {
  const type = 'Content-Type: application/vnd.docker.raw-stream'
  socket.write(`HTTP/1.1 101 UPGRADED\r\n${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`)
  return socket
}

// Node's server neither reads an upgraded connection nor closes its half of it.
export function hangUpWithClient(socket: Duplex): void {
  socket.resume().on('end', hangUp)
}

// What comes is the container's; when it ends, the output goes on.
export function keepInput(socket: Duplex): void {
  socket.pause().off('end', hangUp)
}

function hangUp(this: Duplex): void {
  this.end()
}
