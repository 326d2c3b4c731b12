import type { Duplex } from 'node:stream'
import { redactorWith } from '../../redact/held.ts'
import type { Redactor } from '../../redact/redactor.ts'
import { registryAuthSecrets } from '../../redact/registry-auth.ts'
import type { Address } from '../address/address.ts'
import { EngineError, isConnectionFailure } from '../error.ts'
import { currentRun, type RequestReport, requests } from './diagnostics.ts'
import { type HttpRequest, type HttpResponse, nameOf } from './message.ts'
import { type Query, withQuery } from './query.ts'
import { ApiResponse } from './response.ts'
import { responseError } from './response-error.ts'
import { checkRequest, registryAuthHeader } from './rules.ts'
import type { Shape } from './shape.ts'
import { Transport } from './transport.ts'
import { agreeOn, versionFromEnvironment } from './version.ts'

/** What every operation takes. */
export interface Signal {
  /** Ends the request when aborted; the operation rejects with its reason. */
  signal?: AbortSignal | undefined
}

/** A request to the Engine, whatever the operation. */
export interface EngineRequest extends Signal {
  /** As HTTP names it. */
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** Without the version, as `/containers/json`. */
  path: string
  /** Added to what the path has of a query. */
  query?: Query
  /** Beside those that HTTP needs. */
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: Uint8Array | AsyncIterable<Uint8Array>
  /** Milliseconds until the response's headers are in; 0 for no limit. Default 120,000. */
  headersTimeout?: number
}

interface Sending extends EngineRequest {
  upgrade?: boolean
  /** The response is the same in every API version: the request may go before a version is agreed on, and settles it. */
  anyVersion?: boolean
}

const defaultHeadersTimeout = 120_000
/** Milliseconds for what the Engine works on before it answers: a volume on a network, a large image to copy up. */
export const workTimeout = 600_000
/** Milliseconds that a response's body may bring nothing for, where all of it is expected at once. */
const bodyStall = 120_000
const errorLimit = 1024 * 1024
/** Milliseconds that the body of an error response may take. */
const errorPatience = 10_000

/** The Engine's HTTP: negotiates the API version, enforces the rules, turns statuses into errors. */
export class Http {
  readonly #transport: Transport
  readonly #address: () => Promise<Address>
  readonly #env: NodeJS.ProcessEnv
  #version: string | undefined

  constructor(address: () => Promise<Address>, env: NodeJS.ProcessEnv, version?: string) {
    this.#address = address
    this.#transport = new Transport(address)
    this.#env = env
    this.#version = version
  }

  /** The same Engine and API version, with connections of its own. */
  twin(): Http {
    return new Http(this.#address, this.#env, this.#version)
  }

  /** A connection of its own. */
  dial(): Promise<Duplex> {
    return this.#transport.dial()
  }

  /** The API version, if it is known without a request. */
  get knownVersion(): string | undefined {
    this.#version ??= versionFromEnvironment(this.#env)
    return this.#version
  }

  /** The API version in use so far. */
  get agreedVersion(): string | undefined {
    return this.#version
  }

  /** The API version agreed on; pings the Engine if there is none yet. */
  async version(signal?: AbortSignal): Promise<string> {
    if (this.knownVersion !== undefined) return this.knownVersion
    const request = { path: '/_ping', headersTimeout: defaultHeadersTimeout, headers: {}, signal }
    const ask = (method: 'HEAD' | 'GET') => this.#exchange({ ...request, method })
    let response = await ask('HEAD')
    if (isFailure(response.status)) {
      response.body.cancel()
      response = await ask('GET')
    }
    if (isFailure(response.status)) throw await this.#failure({ ...request, method: 'GET' }, response)
    await response.body.whole(errorLimit)
    return this.#agree(response)
  }

  async #agree(response: HttpResponse): Promise<string> {
    const { 'api-version': theirs } = response.headers
    const { text } = await this.#address()
    this.#version ??= agreeOn(typeof theirs === 'string' ? theirs : undefined, `the Engine at ${text}`)
    return this.#version
  }

  /** Sends a request whose response is JSON of that shape. */
  async json<T>(request: Sending, shape: Shape<T>): Promise<T> {
    return (await this.send(request, true)).read(shape, bodyStall)
  }

  /** Sends a request whose response says nothing but that it succeeded. */
  async done(request: Sending): Promise<void> {
    ;(await this.send(request, true)).cancel()
  }

  /**
   * Sends a request; resolves when the headers are in, and rejects with an EngineError on any status from 300 but 304.
   *
   * @param short the response is read at once
   */
  async send(request: Sending, short = false): Promise<ApiResponse> {
    const headers = lowerCased(request.headers)
    if (!request.path.startsWith('/')) {
      throw new EngineError(
        'usage',
        `the path ${JSON.stringify(request.path.slice(0, 200))} does not start with a slash`,
      )
    }
    checkRequest(request.method, request.path, headers)
    const prefix = this.#knownPrefix(request) ?? `/v${await this.version(request.signal)}`
    if (request.json !== undefined) headers['content-type'] ??= 'application/json'
    const wire: HttpRequest = {
      method: request.method,
      path: prefix + withQuery(request.path, request.query),
      headers,
      body: request.json === undefined ? request.body : Buffer.from(JSON.stringify(request.json)),
      upgrade: request.upgrade ?? false,
      short,
      headersTimeout: request.headersTimeout ?? defaultHeadersTimeout,
      signal: request.signal,
    }
    const response = await this.#exchange(wire)
    if (this.#version === undefined) await this.#settleVersion(response, request.signal)
    if (isFailure(response.status)) throw await this.#failure({ ...request, headers }, response)
    return new ApiResponse(request, response, redactorOf(headers))
  }

  #knownPrefix(request: Sending): string | undefined {
    if (request.path.startsWith('/v') && /^\/v\d+\.\d+\//.test(request.path)) return ''
    if (this.knownVersion !== undefined) return `/v${this.knownVersion}`
    return request.anyVersion ? '' : undefined
  }

  // A response without a version settles nothing; the next request asks again. A 404 may be another server's.
  async #settleVersion(response: HttpResponse, signal: AbortSignal | undefined): Promise<void> {
    try {
      if (response.headers['api-version'] !== undefined) await this.#agree(response)
      else if (response.status === 404) await this.version(signal)
    } catch (error) {
      response.body.cancel()
      throw error
    }
  }

  async #failure(
    { signal, headers, ...request }: Pick<HttpRequest, 'method' | 'path' | 'headers' | 'signal'>,
    response: HttpResponse,
  ): Promise<EngineError> {
    const redactor = redactorOf(headers)
    // The status is reported even if its text never comes.
    const timer = setTimeout(() => response.body.cancel(), errorPatience)
    const { bytes, truncated } = await response.body
      // Beyond the limit, so that a secret which it would cut is whole.
      .whole(errorLimit + redactor.reach)
      .catch(() => ({ bytes: Buffer.alloc(0), truncated: true }))
      .finally(() => clearTimeout(timer))
    signal?.throwIfAborted()
    return responseError(nameOf(request), {
      status: response.status,
      headers: response.headers,
      text: bytes.toString('utf8'),
      truncated: truncated || bytes.length > errorLimit,
      redacted: text => redactor.redact(text, { limit: errorLimit }),
    })
  }

  // An idle connection may have been closed by a restart of the Engine: a request that only reads is sent once more.
  #exchange(request: HttpRequest): Promise<HttpResponse> {
    const sent = this.#attempt(request)
    if (request.method !== 'GET' && request.method !== 'HEAD') return sent
    return sent.catch(error => {
      if (!isConnectionFailure(error) || error.code !== 'connection-lost') throw error
      return this.#attempt(request)
    })
  }

  #attempt(request: HttpRequest): Promise<HttpResponse> {
    const sent = this.#transport.send(request)
    return requests.hasSubscribers ? this.#reported(request, sent) : sent
  }

  async #reported(request: HttpRequest, sent: Promise<HttpResponse>): Promise<HttpResponse> {
    const started = performance.now()
    try {
      const response = await sent
      await this.#report(request, started, { status: response.status })
      return response
    } catch (error) {
      await this.#report(request, started, { error: error instanceof EngineError ? error.code : 'aborted' })
      throw error
    }
  }

  async #report(
    request: HttpRequest,
    started: number,
    result: { status: number } | { error: string },
  ): Promise<void> {
    const engine = await this.#address().then(
      address => address.text,
      () => 'unknown',
    )
    const run = currentRun()
    const registryAuth = request.headers[registryAuthHeader] === undefined ? 'absent' : 'present'
    const ms = Math.round((performance.now() - started) * 1000) / 1000
    const report: RequestReport = {
      method: request.method,
      // A query may name a URL with a password in it.
      path: request.path.replace(/(:\/\/|%3A%2F%2F)[^/&]*(@|%40)/gi, '$1***$2'),
      engine,
      registryAuth,
      ...result,
      ms,
      ...(run !== undefined && { run }),
    }
    requests.publish(report)
  }

  get closedSignal(): AbortSignal {
    return this.#transport.closedSignal
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }
}

// 304: the container is running, or has ended, already. The Engine never redirects.
function isFailure(status: number): boolean {
  return status >= 300 && status !== 304
}

function redactorOf(headers: HttpRequest['headers']): Redactor {
  const registryAuth = headers[registryAuthHeader]
  return redactorWith(registryAuth === undefined ? [] : registryAuthSecrets(registryAuth))
}

function lowerCased(headers: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const lower: Record<string, string> = {}
  for (const name in headers) lower[name.toLowerCase()] = headers[name] ?? ''
  return lower
}
