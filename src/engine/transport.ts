import type { Duplex } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'
import type { Address } from './address.ts'
import { Body } from './body.ts'
import { connectionError } from './connection-error.ts'
import { EngineError } from './error.ts'
import { openPool } from './pool.ts'

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

type Headers = Record<string, string | string[] | undefined>

/** Carries requests to one Engine over kept-alive connections; opens none until the first. Owns undici. */
export class Transport {
  readonly #address: () => Promise<Address>
  readonly #raw = new Set<Duplex>()
  #pool: Promise<{ pool: Pool; address: Address }> | undefined
  readonly #closing = new AbortController()

  constructor(address: () => Promise<Address>) {
    this.#address = address
  }

  /** Sends one request; resolves once the answer's headers are in. */
  async send(request: WireRequest): Promise<WireAnswer> {
    request.signal?.throwIfAborted()
    const { pool, address } = await this.#open()
    request.signal?.throwIfAborted()
    const path = address.kind === 'tcp' ? address.basePath + request.path : request.path
    const answer = await exchange(pool, { ...request, path }, (error, answered) =>
      this.#closing.signal.aborted ? closed() : connectionError(error, address, request, answered),
    )
    if (answer.socket !== undefined) this.#keep(answer.socket, request.signal)
    return answer
  }

  async #open(): Promise<{ pool: Pool; address: Address }> {
    if (this.#closing.signal.aborted) throw closed()
    // A failure is not kept: the Engine may be there the next time.
    this.#pool ??= this.#address()
      .then(async address => ({ address, pool: await openPool(address, this.#closing.signal) }))
      .catch(error => {
        this.#pool = undefined
        throw error
      })
    return this.#pool
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
    const opened = await this.#pool?.catch(() => undefined)
    await opened?.pool.destroy(closed())
  }
}

function closed(): EngineError {
  return new EngineError('closed', 'this Engine has been closed')
}

function exchange(
  pool: Pool,
  request: WireRequest,
  translate: (error: Error, answered: boolean) => unknown,
): Promise<WireAnswer> {
  const { signal } = request
  return new Promise((resolve, reject) => {
    const upload = new Upload(request.body)
    let body: Body | undefined
    let controller: Dispatcher.DispatchController | undefined
    const abort = () => {
      // In this order: the first to settle says why, and the caller's reason is to come out unchanged.
      settle(signal?.reason)
      controller?.abort(abortion)
    }
    const settle = (error: unknown) => {
      signal?.removeEventListener('abort', abort)
      if (body === undefined) reject(error)
      else body.end(error)
    }
    signal?.addEventListener('abort', abort, { once: true })
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started
        if (signal?.aborted) started.abort(abortion)
      },
      onRequestUpgrade(_, status, headers, socket) {
        signal?.removeEventListener('abort', abort)
        // Whoever reads the socket meets its error; until then it must not end the process.
        socket.on('error', () => undefined)
        const none = new Body({ pause() {}, resume() {}, cancel() {} })
        none.end()
        resolve({ status, headers, body: none, socket })
      },
      onResponseStart(started, status, headers) {
        if (status < 200) return
        body = new Body({
          pause: () => started.pause(),
          resume: () => started.resume(),
          cancel: () => started.abort(abortion),
        })
        resolve({ status, headers, body })
      },
      onResponseData: (_, chunk) => body?.push(chunk),
      onResponseEnd: () => {
        signal?.removeEventListener('abort', abort)
        body?.end()
      },
      onResponseError: (_, error) =>
        settle(upload.failure ? upload.failure.error : translate(error, body !== undefined)),
    }
    pool.dispatch(dispatchOptions(request, upload), handler)
  })
}

/** A request's body; its own failure, which undici reports as the connection's, is kept apart. */
class Upload {
  readonly bytes: WireRequest['body']
  failure: { error: unknown } | undefined

  constructor(body: WireRequest['body']) {
    this.bytes = body === undefined || body instanceof Uint8Array ? body : this.#watched(body)
  }

  async *#watched(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* body
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

function dispatchOptions(request: WireRequest, { bytes }: Upload): Dispatcher.DispatchOptions {
  const { method, path, headers, headersTimeout, upgrade } = request
  return {
    method,
    path,
    headers,
    // undici takes any async iterable; its types know only streams.
    body: (bytes ?? null) as Dispatcher.DispatchOptions['body'] & null,
    headersTimeout,
    upgrade: upgrade ? 'tcp' : null,
  }
}

const abortion = new Error('no longer wanted')
