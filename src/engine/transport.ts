import type { Duplex } from 'node:stream'
import type { Client, Dispatcher } from 'undici'
import type { Address } from './address.ts'
import { Body, emptyBody, type Flow } from './body.ts'
import { connectionError } from './connection-error.ts'
import { EngineError } from './error.ts'
import { openPool, type Pool } from './pool.ts'

/** One HTTP request, as it goes on the wire. */
export interface WireRequest {
  method: string
  /** With the version and the query. */
  path: string
  headers: Record<string, string>
  body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Ask for a raw connection in place of an HTTP answer. */
  upgrade?: boolean
  /** Milliseconds until the answer's headers are in; 0 waits for ever. */
  headersTimeout: number
  signal?: AbortSignal | undefined
}

/** What came back: an answer with a body, or the raw connection that was asked for. */
export interface WireAnswer {
  status: number
  headers: Headers
  body: Body
  socket?: Duplex
}

interface Opened {
  pool: Pool
  address: Address
}

type Headers = Record<string, string | string[] | undefined>

/** Carries requests to one Engine over kept-alive connections; opens none until the first. Owns undici. */
export class Transport {
  readonly #address: () => Promise<Address>
  readonly #raw = new Set<Duplex>()
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined
  readonly #closing = new AbortController()

  constructor(address: () => Promise<Address>) {
    this.#address = address
  }

  /** Sends one request; resolves once the answer's headers are in. */
  send(request: WireRequest): Promise<WireAnswer> {
    const { signal, upgrade } = request
    // Small requests come by the thousand: no await for what is there.
    if (this.#opened === undefined || upgrade || signal?.aborted) return this.#prepare(request)
    return new Exchange(this.#opened, request, this.#closing.signal).answer
  }

  async #prepare(request: WireRequest): Promise<WireAnswer> {
    request.signal?.throwIfAborted()
    const opened = this.#opened ?? (await this.#open())
    request.signal?.throwIfAborted()
    const answer = await new Exchange(opened, request, this.#closing.signal).answer
    if (answer.socket !== undefined) this.#keep(answer.socket, request.signal)
    return answer
  }

  async #open(): Promise<Opened> {
    if (this.#closing.signal.aborted) throw closed()
    // A failure is not kept: the Engine may be there the next time.
    this.#opening ??= this.#address()
      .then(async address => ({ address, pool: await openPool(address, this.#closing.signal) }))
      .catch(error => {
        this.#opening = undefined
        throw error
      })
    this.#opened = await this.#opening
    return this.#opened
  }

  // undici forgets a connection once it is raw: the signal and close() are heeded here.
  #keep(socket: Duplex, signal: AbortSignal | undefined): void {
    const drop = () => socket.destroy()
    this.#raw.add(socket)
    signal?.addEventListener('abort', drop, { once: true })
    socket.once('close', () => {
      this.#raw.delete(socket)
      signal?.removeEventListener('abort', drop)
    })
    if (signal?.aborted || this.#closing.signal.aborted) drop()
  }

  /** Aborted once it is closed, with an error that says so. */
  get closedSignal(): AbortSignal {
    return this.#closing.signal
  }

  /** Closes every connection; requests under way fail. */
  async close(): Promise<void> {
    for (const socket of this.#raw) socket.destroy(closed())
    this.#closing.abort(closed())
    this.#opened = undefined
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.pool.destroy(closed())
  }
}

function closed(): EngineError {
  return new EngineError('closed', 'this Engine has been closed')
}

/** Sends a request and follows its answer; undici calls it as the answer comes. */
class Exchange implements Dispatcher.DispatchHandler, Flow {
  readonly #request: WireRequest
  readonly #address: Address
  readonly #closing: AbortSignal
  readonly #pool: Pool
  readonly #client: Client
  readonly #upload: Upload | undefined
  readonly #settled = Promise.withResolvers<WireAnswer>()
  readonly #timer: NodeJS.Timeout | undefined
  #body: Body | undefined
  #abandoned = false
  #controller: Dispatcher.DispatchController | undefined

  constructor({ pool, address }: Opened, request: WireRequest, closing: AbortSignal) {
    const { body, signal, headersTimeout } = request
    this.#request = request
    this.#address = address
    this.#closing = closing
    this.#upload = body === undefined || body instanceof Uint8Array ? undefined : new Upload(body)
    signal?.addEventListener('abort', this, { once: true })
    // undici holds on to a timer of its own for up to a second after the answer, by the thousand when requests are short.
    // For an upload it is the right one: it heeds whether bytes still go out.
    if (this.#upload === undefined && headersTimeout > 0)
      this.#timer = setTimeout(() => this.#unanswered(), headersTimeout)
    const basePath = address.kind === 'tcp' ? address.basePath : ''
    this.#pool = pool
    this.#client = pool.take()
    this.#client.dispatch(dispatchOptions(request, basePath, this.#upload), this)
  }

  get answer(): Promise<WireAnswer> {
    return this.#settled.promise
  }

  /** The signal is aborted. */
  handleEvent(): void {
    this.#abandon(this.#request.signal?.reason)
  }

  /** Nobody waits any longer; fails with that error, unless the answer is over. */
  #abandon(error: unknown): void {
    // In this order: the first to settle says why, and the caller's reason is to come out unchanged.
    this.#settle(error)
    this.#abandoned = true
    this.#controller?.abort(abortion)
  }

  #unanswered(): void {
    const error = Object.assign(new Error('no answer in time'), { code: 'UND_ERR_HEADERS_TIMEOUT' })
    this.#abandon(connectionError(error, this.#address, this.#request))
  }

  #settle(error: unknown): void {
    this.#forget()
    if (this.#body === undefined) this.#settled.reject(error)
    else this.#body.end(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#abandoned) controller.abort(abortion)
  }

  onRequestUpgrade(_: unknown, status: number, headers: Headers, socket: Duplex): void {
    this.#over()
    // Whoever reads the socket meets its error; until then it must not end the process.
    socket.on('error', () => undefined)
    this.#settled.resolve({ status, headers, body: emptyBody(), socket })
  }

  onResponseStart(_: unknown, status: number, headers: Headers): void {
    if (status < 200) return
    clearTimeout(this.#timer)
    this.#body = new Body(this)
    this.#settled.resolve({ status, headers, body: this.#body })
  }

  onResponseData(_: unknown, chunk: Uint8Array): void {
    this.#body?.push(chunk)
  }

  onResponseEnd(): void {
    this.#over()
    this.#body?.end()
  }

  onResponseError(_: unknown, error: Error): void {
    this.#over()
    const failed = this.#upload?.failure
    this.#settle(failed ? failed.error : this.#translated(error))
  }

  #translated(error: Error): unknown {
    if (this.#closing.aborted) return closed()
    return connectionError(error, this.#address, this.#request, this.#body !== undefined)
  }

  #over(): void {
    this.#forget()
    this.#pool.give(this.#client)
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#request.signal?.removeEventListener('abort', this)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  cancel(): void {
    this.#controller?.abort(abortion)
  }
}

/** A body that is made as it is sent; its own failure, which undici reports as the connection's, is kept apart. */
class Upload implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>
  failure: { error: unknown } | undefined

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#body
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

function dispatchOptions(
  request: WireRequest,
  basePath: string,
  upload: Upload | undefined,
): Dispatcher.DispatchOptions {
  const { method, path, headers, upgrade } = request
  return {
    method,
    path: basePath + path,
    headers,
    // undici takes any async iterable; its types know only streams.
    body: (upload ?? request.body ?? null) as Dispatcher.DispatchOptions['body'] & null,
    headersTimeout: upload === undefined ? 0 : request.headersTimeout,
    upgrade: upgrade ? 'tcp' : null,
    // No request waits behind it: nobody is to be told when there is room again.
    blocking: false,
  }
}

const abortion = new Error('no longer wanted')
