import { connect, type Socket } from 'node:net'
import type { Address } from '../address/address.ts'
import { Body, emptyBody, type Flow } from './body.ts'
import { BodyFraming } from './body-framing.ts'
import { connectionError, timedOut } from './connection-error.ts'
import { connectTimeout, hostHeader } from './connections.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { RawSocket, sharedBuffer } from './raw-connection.ts'
import { type ResponseHead, ResponseHeadReader } from './response-head.ts'
import { onAbort } from './signals.ts'

/** An address that `net.connect` reaches. */
export type DialledAddress = Extract<Address, { kind: 'socket' | 'tcp' }>

/**
 * Sends a request that asks for a raw connection over a connection of its own: undici's upgrade gives a socket whose
 * every read goes through a stream's queue, for three times the CPU of the output. Resolves once the response's head
 * is in, with the raw connection or, where the Engine or a proxy did not upgrade, with the response's body.
 *
 * @param closing aborted when the Engine is closed
 */
export function hijack(
  address: DialledAddress,
  request: HttpRequest,
  closing: AbortSignal,
): Promise<HttpResponse> {
  return new Hijack(address, request, closing).response
}

class Hijack implements Flow {
  readonly #address: DialledAddress
  readonly #request: HttpRequest
  readonly #settled = Promise.withResolvers<HttpResponse>()
  readonly #socket: Socket
  readonly #head = new ResponseHeadReader()
  #timer: NodeJS.Timeout | undefined
  #raw: RawSocket | undefined
  #plain: { body: Body; framing: BodyFraming } | undefined

  constructor(address: DialledAddress, request: HttpRequest, closing: AbortSignal) {
    this.#address = address
    this.#request = request
    const socket = connect({
      ...target(address),
      onread: {
        buffer: () => this.#raw?.buffer ?? sharedBuffer,
        callback: (length, buffer) => this.#received(buffer.subarray(0, length)),
      },
    })
    this.#socket = socket
    // A local socket accepts or refuses at once.
    if (address.kind === 'tcp') this.#limit(connectTimeout, 'connect')
    const stopListening = onAbort([request.signal, closing], reason => this.#fail(reason))
    socket.on('connect', () => {
      this.#limit(request.headersTimeout, 'headers')
      socket.write(requestBytes(address, request))
    })
    socket.on('error', error => this.#fail(this.#translate(error)))
    socket.on('end', () => this.#ended())
    socket.on('close', () => {
      stopListening()
      this.#ended()
    })
  }

  get response(): Promise<HttpResponse> {
    return this.#settled.promise
  }

  #limit(milliseconds: number, what: 'connect' | 'headers'): void {
    clearTimeout(this.#timer)
    if (milliseconds > 0)
      this.#timer = setTimeout(() => this.#fail(this.#translate(timedOut(what))), milliseconds)
  }

  readonly #translate = (error: Error): unknown =>
    connectionError(error, this.#address, this.#request, this.#raw !== undefined || this.#plain !== undefined)

  /** Called with what a read brought; false pauses the socket. */
  #received(bytes: Uint8Array): boolean {
    if (this.#raw !== undefined) return this.#raw.received(bytes)
    try {
      if (this.#plain !== undefined) this.#receiveBody(bytes)
      else this.#receiveHead(bytes)
    } catch (error) {
      this.#fail(this.#translate(error as Error))
    }
    return !this.#socket.isPaused()
  }

  #receiveHead(bytes: Uint8Array): void {
    const complete = this.#head.push(bytes)
    if (complete === undefined) return
    clearTimeout(this.#timer)
    const { head, rest } = complete
    if (head.status === 101) {
      this.#raw = new RawSocket(this.#socket, rest, this.#translate)
      this.#settled.resolve({ ...head, body: emptyBody(), raw: this.#raw })
    } else this.#answerPlainly(head, rest)
  }

  #answerPlainly(head: ResponseHead, rest: Uint8Array): void {
    this.#plain = { body: new Body(this), framing: new BodyFraming(head) }
    this.#settled.resolve({ ...head, body: this.#plain.body })
    this.#receiveBody(rest)
  }

  #receiveBody(bytes: Uint8Array): void {
    if (this.#plain === undefined) return
    const { body, framing } = this.#plain
    // Copied: the next read overwrites the buffer.
    for (const piece of framing.decode(bytes)) body.push(Buffer.from(piece))
    if (framing.done) this.#ended()
  }

  #ended(): void {
    if (this.#raw !== undefined) return
    if (this.#plain?.framing.mayEnd) {
      this.#plain.body.end()
      this.#socket.destroy()
    } else this.#fail(this.#translate(new Error('the connection ended before the response did')))
  }

  #fail(error: unknown): void {
    clearTimeout(this.#timer)
    this.#settled.reject(error)
    this.#plain?.body.end(error)
    this.#raw?.fail(error)
    this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  cancel(): void {
    this.#socket.destroy()
  }
}

function target(address: DialledAddress) {
  if (address.kind === 'socket') return { path: address.path }
  const host = address.hostname.replace(/^\[|\]$/g, '')
  // As undici opens its connections.
  return { host, port: address.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }
}

function requestBytes(address: DialledAddress, { method, path, headers, body }: HttpRequest): Buffer {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array(0)
  const basePath = address.kind === 'tcp' ? address.basePath : ''
  const lines = Object.entries({
    host: hostHeader(address),
    connection: 'upgrade',
    upgrade: 'tcp',
    'content-length': String(bytes.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${basePath}${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes])
}
