import { redactorWith } from '../../redact/held.ts'
import type { Redactor } from '../../redact/redactor.ts'
import { registryAuthSecrets } from '../../redact/registry-auth.ts'
import type { Address } from '../address/address.ts'
import { EngineError, isConnectionFailure } from '../error.ts'
import type { Body } from './body.ts'
import { type RequestReport, requests } from './diagnostics.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { type Query, queryString } from './query.ts'
import { answerError } from './response-error.ts'
import { checkRequest, registryAuthHeader } from './rules.ts'
import { Transport } from './transport.ts'
import { agreeOn, versionFromEnvironment } from './version.ts'

/** A request to the Engine, whatever the operation. */
export interface EngineRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** Without version and query, as `/containers/json`. */
  path: string
  query?: Query
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: Uint8Array | AsyncIterable<Uint8Array>
  /** Milliseconds until the answer's headers are in; 0 waits for ever. Default 120,000. */
  headersTimeout?: number
  signal?: AbortSignal | undefined
}

/** The Engine's answer; its body must be read or cancelled. */
export interface EngineResponse {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body's bytes as they arrive; for one reader. */
  body: AsyncIterable<Uint8Array>
  /** The body as JSON of a type that the caller vouches for. */
  json<T>(): Promise<T>
  /** Drops the body and its connection. */
  cancel(): void
}

interface Sending extends EngineRequest {
  upgrade?: boolean
  /** The answer is the same in every version: it may go out before a version is agreed on, and settles it. */
  anyVersion?: boolean
}

/** An answer as the operations see it. */
export class Answer implements EngineResponse {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly body: Body
  readonly raw: HttpResponse['raw']
  /** Knows the secrets that the Engine may quote. */
  readonly redactor: Redactor
  readonly #request: EngineRequest

  constructor(request: EngineRequest, { status, headers, body, raw }: HttpResponse, redactor: Redactor) {
    this.#request = request
    this.status = status
    this.headers = headers
    this.body = body
    this.raw = raw
    this.redactor = redactor
  }

  // Arrows, so that they can be taken off the answer.
  readonly json = <T>(): Promise<T> => readJson<T>(this.#request, this.body)

  readonly cancel = (): void => this.body.cancel()
}

const defaultHeadersTimeout = 120_000
const answerLimit = 64 * 1024 * 1024
const errorLimit = 1024 * 1024
/** Milliseconds that the words of a refusal may take. */
const errorPatience = 10_000

/** Speaks the Engine's HTTP: agrees on a version, keeps the rules, turns statuses into errors. */
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

  /** The same, with connections of its own and the version that is agreed on. */
  twin(): Http {
    return new Http(this.#address, this.#env, this.#version)
  }

  /** The API version that is known without asking. */
  get knownVersion(): string | undefined {
    this.#version ??= versionFromEnvironment(this.#env)
    return this.#version
  }

  /** The API version agreed on; asks the Engine when nothing has been agreed on yet. */
  async version(signal?: AbortSignal): Promise<string> {
    if (this.knownVersion !== undefined) return this.knownVersion
    const request = { path: '/_ping', headersTimeout: defaultHeadersTimeout, headers: {}, signal }
    const ask = (method: 'HEAD' | 'GET') => this.#exchange({ ...request, method })
    let answer = await ask('HEAD')
    if (isFailure(answer.status)) {
      answer.body.cancel()
      answer = await ask('GET')
    }
    if (isFailure(answer.status)) throw await this.#failure({ ...request, method: 'GET' }, answer)
    await answer.body.whole(errorLimit)
    return this.#agree(answer)
  }

  async #agree(answer: HttpResponse): Promise<string> {
    const { 'api-version': theirs } = answer.headers
    const { text } = await this.#address()
    this.#version ??= agreeOn(typeof theirs === 'string' ? theirs : undefined, `the Engine at ${text}`)
    return this.#version
  }

  /** Sends a request; resolves when the headers are in, and rejects with an EngineError on any status from 400. */
  async send(request: Sending): Promise<Answer> {
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
      path: prefix + request.path + queryString(request.query),
      headers,
      body: request.json === undefined ? request.body : Buffer.from(JSON.stringify(request.json)),
      upgrade: request.upgrade ?? false,
      headersTimeout: request.headersTimeout ?? defaultHeadersTimeout,
      signal: request.signal,
    }
    const answer = await this.#exchange(wire)
    if (this.#version === undefined) await this.#settleVersion(answer)
    if (isFailure(answer.status)) throw await this.#failure({ ...request, headers }, answer)
    return new Answer(request, answer, redactorOf(headers))
  }

  #knownPrefix(request: Sending): string | undefined {
    if (request.path.startsWith('/v') && /^\/v\d+\.\d+\//.test(request.path)) return ''
    if (this.knownVersion !== undefined) return `/v${this.knownVersion}`
    return request.anyVersion ? '' : undefined
  }

  // An answer that doesn't name a version leaves the question to the next request.
  async #settleVersion(answer: HttpResponse): Promise<void> {
    if (answer.headers['api-version'] === undefined) return
    try {
      await this.#agree(answer)
    } catch (error) {
      answer.body.cancel()
      throw error
    }
  }

  async #failure(
    { signal, headers, ...request }: Pick<HttpRequest, 'method' | 'path' | 'headers' | 'signal'>,
    answer: HttpResponse,
  ): Promise<EngineError> {
    const redactor = redactorOf(headers)
    // A status is an answer, even if the words for it never come.
    const timer = setTimeout(() => answer.body.cancel(), errorPatience)
    const { bytes, truncated } = await answer.body
      // Beyond the limit, so that a secret which it would cut is whole.
      .whole(errorLimit + redactor.reach)
      .catch(() => ({ bytes: Buffer.alloc(0), truncated: true }))
      .finally(() => clearTimeout(timer))
    signal?.throwIfAborted()
    const contentType = String(answer.headers['content-type'] ?? '')
    return answerError(nameOf(request), {
      status: answer.status,
      contentType,
      text: bytes.toString('utf8'),
      truncated: truncated || bytes.length > errorLimit,
      words: (text, limit = errorLimit) => redactor.redact(text, { limit }),
    })
  }

  // A kept-alive connection may have died with an Engine that restarted: what only reads is asked once more.
  async #exchange(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#attempt(request)
    } catch (error) {
      const readsOnly = request.method === 'GET' || request.method === 'HEAD'
      if (!readsOnly || !isConnectionFailure(error) || error.code !== 'connection-lost') throw error
      return this.#attempt(request)
    }
  }

  #attempt(request: HttpRequest): Promise<HttpResponse> {
    const sent = this.#transport.send(request)
    return requests.hasSubscribers ? this.#reported(request, sent) : sent
  }

  async #reported(request: HttpRequest, sent: Promise<HttpResponse>): Promise<HttpResponse> {
    const started = performance.now()
    try {
      const answer = await sent
      await this.#report(request, started, { status: answer.status })
      return answer
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

// 304 says that a container runs, or has ended, already. The Engine never redirects.
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

function nameOf({ method, path }: Pick<HttpRequest, 'method' | 'path'>): string {
  return `${method} ${path.split('?', 1)[0]}`
}

async function readJson<T>(request: EngineRequest, body: Body): Promise<T> {
  const { bytes, truncated } = await body.whole(answerLimit)
  const name = nameOf(request)
  if (truncated)
    throw new EngineError('bad-answer', `${name}: an answer of more than 64 MiB`, { request: name })
  try {
    return JSON.parse(bytes.toString('utf8')) as T
  } catch {
    // The parser's error quotes the answer, which may hold a container's environment.
    const hint = 'Is it an Engine that answers there? Look at --host or DOCKER_HOST.'
    throw new EngineError('bad-answer', `${name}: the answer is not JSON`, { request: name, hint })
  }
}
