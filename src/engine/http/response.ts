import type { Redactor } from '../../redact/redactor.ts'
import { EngineError } from '../error.ts'
import type { Body } from './body.ts'
import { type HttpRequest, type HttpResponse, nameOf } from './message.ts'
import { type Shape, ShapeError } from './shape.ts'

/** The Engine's response; its body must be read or cancelled. */
export interface EngineResponse {
  /** Below 300, or 304: other statuses reject. */
  status: number
  /** Their names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body's bytes as they arrive; for one reader. */
  body: AsyncIterable<Uint8Array>
  /** The body as JSON of a type that the caller vouches for. */
  json<T>(): Promise<T>
  /** Drops the body and its connection. */
  cancel(): void
}

const bodyLimit = 64 * 1024 * 1024

/** A response that reports no failure, as the operations see it. */
export class ApiResponse implements EngineResponse {
  readonly #request: Pick<HttpRequest, 'method' | 'path'>
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly body: Body
  readonly raw: HttpResponse['raw']
  /** Knows the secrets that the Engine may quote. */
  readonly redactor: Redactor

  constructor(
    request: Pick<HttpRequest, 'method' | 'path'>,
    { status, headers, body, raw }: HttpResponse,
    redactor: Redactor,
  ) {
    this.#request = request
    this.status = status
    this.headers = headers
    this.body = body
    this.raw = raw
    this.redactor = redactor
  }

  /** The request, as `POST /containers/create`. */
  get request(): string {
    return nameOf(this.#request)
  }

  // Arrows, so that they can be taken off the response.
  readonly json = <T>(): Promise<T> => this.read(value => value as T)

  readonly cancel = (): void => this.body.cancel()

  /**
   * The body as JSON of that shape.
   *
   * @param stall milliseconds that the body may bring nothing for; 0 for no limit
   */
  async read<T>(shape: Shape<T>, stall = 0): Promise<T> {
    const stalled = () => this.#stalled(stall)
    const { bytes, truncated } = await this.body.whole(bodyLimit, { stall, stalled })
    if (truncated) throw this.#bad('a response of more than 64 MiB')
    return this.checked(shape, this.#parsed(bytes))
  }

  /** The value with its type; throws where it does not have that shape. */
  checked<T>(shape: Shape<T>, value: unknown): T {
    try {
      return shape(value, '')
    } catch (error) {
      if (error instanceof ShapeError)
        throw this.#bad(`the Engine's response is not usable: ${error.message}`)
      throw error
    }
  }

  #parsed(bytes: Buffer): unknown {
    try {
      return JSON.parse(bytes.toString('utf8'))
    } catch {
      // The parser's error quotes the response, which may hold a container's environment.
      const hint = 'Does an Engine listen there? Check the option host or DOCKER_HOST.'
      throw this.#bad('the response is not JSON', hint)
    }
  }

  #bad(problem: string, hint?: string): EngineError {
    return new EngineError('bad-answer', `${this.request}: ${problem}`, { request: this.request, hint })
  }

  #stalled(milliseconds: number): EngineError {
    const message = `${this.request}: the response broke off: nothing came for ${milliseconds / 1000} s`
    const hint = 'Is the Engine stuck? See its log: `journalctl -u docker`.'
    return new EngineError('no-answer', message, { request: this.request, hint })
  }
}
