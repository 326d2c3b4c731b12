/** What went wrong between the client and the Engine; stable, for programs. */
export type EngineErrorCode =
  | 'usage'
  | 'forbidden'
  | 'no-socket'
  | 'no-permission'
  | 'refused'
  | 'unknown-host'
  | 'connect-timeout'
  | 'no-connection'
  | 'too-many-files'
  | 'no-answer'
  | 'connection-lost'
  | 'tls'
  | 'not-http'
  | 'ssh'
  | 'closed'
  | 'not-an-engine'
  | 'api-too-old'
  | 'api-too-new'
  | 'bad-answer'
  | 'status'
  | 'stream'

const kinds = {
  usage: 'usage',
  forbidden: 'usage',
  closed: 'usage',
  'no-socket': 'engine-unreachable',
  'no-permission': 'engine-unreachable',
  refused: 'engine-unreachable',
  'unknown-host': 'engine-unreachable',
  'connect-timeout': 'engine-unreachable',
  'no-connection': 'engine-unreachable',
  'too-many-files': 'engine-unreachable',
  'no-answer': 'engine-unreachable',
  'connection-lost': 'engine-unreachable',
  tls: 'engine-unreachable',
  'not-http': 'engine-unreachable',
  ssh: 'engine-unreachable',
  'not-an-engine': 'engine-error',
  'api-too-old': 'engine-error',
  'api-too-new': 'engine-error',
  'bad-answer': 'engine-error',
  status: 'engine-error',
  stream: 'engine-error',
} as const satisfies Record<EngineErrorCode, string>

/** What an {@link EngineError} may carry beside its message. */
export interface EngineErrorDetails {
  /** HTTP status of the response. */
  status?: number | undefined
  /** The request, as `POST /containers/create`; never its query or body. */
  request?: string | undefined
  /** The Engine's own message with secrets redacted, at most 1 MiB. */
  engineMessage?: string | undefined
  /** What to do about it. */
  hint?: string | undefined
  cause?: unknown
}

const brand = Symbol.for('holdfast.EngineError')

/** The Engine can't be reached, or it refused. `kind` is one of holdfast's failure kinds, `code` is more specific. */
export class EngineError extends Error {
  static {
    Object.defineProperty(EngineError.prototype, brand, { value: true })
  }

  /** True for an error of another copy of holdfast in this process as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }

  /** Always `EngineError`. */
  override readonly name = 'EngineError'
  /** What happened on the wire. */
  readonly code: EngineErrorCode
  /** The kind of failure that a run reports for it. */
  readonly kind: (typeof kinds)[EngineErrorCode]
  /** The status of the response; undefined without one. */
  readonly status: number | undefined
  /** Method and path, as `POST /containers/create`. */
  readonly request: string | undefined
  /** The Engine's own message, without secrets. */
  readonly engineMessage: string | undefined
  /** What to do about it. */
  readonly hint: string | undefined

  constructor(code: EngineErrorCode, message: string, details: EngineErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.kind = kinds[code]
    this.status = details.status
    this.request = details.request
    this.engineMessage = details.engineMessage
    this.hint = details.hint
  }
}

/** True where the Engine responded with that HTTP status. */
export function isStatus(error: unknown, status: number): error is EngineError {
  return error instanceof EngineError && error.code === 'status' && error.status === status
}

/** True where the connection failed, so that the Engine may or may not have acted. */
export function isConnectionFailure(error: unknown): error is EngineError {
  return error instanceof EngineError && error.kind === 'engine-unreachable'
}

/**
 * True where a proxy or a web server answered in place of the Engine: with an HTML page, or with 502, 503 or 504 and without
 * the API version that the Engine names in its own. As with a lost connection, the Engine may or may not have acted.
 */
export function isMiddleman(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === 'not-an-engine'
}
