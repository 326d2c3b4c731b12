import type { Duplex } from 'node:stream'
import type { Client, Dispatcher } from 'undici'
import type { Address } from '../address/address.ts'
import { EngineError } from '../error.ts'
import { Body, emptyBody, type Flow } from './body.ts'
import { connectionError, timedOut } from './connection-error.ts'
import type { Pool } from './connections.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { RawStream } from './raw-connection.ts'
import { onAbort } from './signals.ts'

/** Where requests go. */
export interface Opened {
  pool: Pool
  address: Address
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>
}

/** Sends a request and follows its response: undici's handler. */
export class Exchange implements Dispatcher.DispatchHandler, Flow {
  readonly #request: HttpRequest
  readonly #opened: Opened
  readonly #closing: AbortSignal
  readonly #client: Client
  readonly #upload: Upload | undefined
  readonly #settled = Promise.withResolvers<HttpResponse>()
  readonly #timer: NodeJS.Timeout | undefined
  #body: Body | undefined
  #abandoned = false
  #controller: Dispatcher.DispatchController | undefined

  constructor(opened: Opened, request: HttpRequest, closing: AbortSignal) {
    const { body, signal, headersTimeout } = request
    this.#request = request
    this.#opened = opened
    this.#closing = closing
    this.#upload = body === undefined || body instanceof Uint8Array ? undefined : new Upload(body)
    // A function, without options: Node takes four times as long for an object that is called once.
    signal?.addEventListener('abort', this.#onAbort)
    // undici's own timer stays for up to a second after the response: thousands of them when requests are short. For an
    // upload it is the right one, as it restarts while bytes go out.
    if (this.#upload === undefined && headersTimeout > 0)
      this.#timer = setTimeout(() => this.#unanswered(), headersTimeout)
    this.#client = opened.pool.take()
    this.#client.dispatch(dispatchOptions(opened, request, this.#upload), this)
  }

  get response(): Promise<HttpResponse> {
    return this.#settled.promise
  }

  readonly #onAbort = (): void => this.#abandon(this.#request.signal?.reason)

  /** Gives up: the request fails with that error, unless the response is complete. */
  #abandon(error: unknown): void {
    // Settled first, so that the caller's reason comes out unchanged.
    this.#settle(error)
    this.#abandoned = true
    this.#controller?.abort(abortion)
  }

  #unanswered(): void {
    this.#abandon(connectionError(timedOut('headers'), this.#opened.address, this.#request))
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

  onRequestUpgrade(_: unknown, status: number, headers: HttpResponse['headers'], socket: Duplex): void {
    this.#over()
    const raw = new RawStream(socket, error =>
      connectionError(error, this.#opened.address, this.#request, true),
    )
    // undici forgets a connection that it has handed over.
    const stopListening = onAbort([this.#request.signal, this.#closing], reason => raw.fail(reason))
    socket.once('close', stopListening)
    this.#settled.resolve({ status, headers, body: emptyBody(), raw })
  }

  onResponseStart(_: unknown, status: number, headers: HttpResponse['headers']): void {
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
    return connectionError(error, this.#opened.address, this.#request, this.#body !== undefined)
  }

  #over(): void {
    this.#forget()
    this.#opened.pool.give(this.#client)
    if (this.#request.short) this.#opened.pool.turns.give()
  }

  #forget(): void {
    clearTimeout(this.#timer)
    this.#request.signal?.removeEventListener('abort', this.#onAbort)
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

/** A body that is produced while it is sent. Keeps its own failure, which undici reports as one of the connection. */
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
  { address, headers }: Opened,
  request: HttpRequest,
  upload: Upload | undefined,
): Dispatcher.DispatchOptions {
  const { method, path, upgrade } = request
  return {
    method,
    path: address.kind === 'tcp' ? address.basePath + path : path,
    headers: { ...headers, ...request.headers },
    // undici takes any async iterable; its types know only streams.
    body: (upload ?? request.body ?? null) as Dispatcher.DispatchOptions['body'] & null,
    headersTimeout: upload === undefined ? 0 : request.headersTimeout,
    upgrade: upgrade ? 'tcp' : null,
    // No request waits behind it, so no drain event is needed.
    blocking: false,
  }
}

/** Shared abort reason: creating an Error captures a stack. */
const abortion = new Error('no longer wanted')

/** The error of requests after `close()`. */
export function closed(): EngineError {
  return new EngineError('closed', 'this Engine has been closed')
}
