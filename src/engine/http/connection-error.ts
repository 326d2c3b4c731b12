import type { Address } from '../address/address.ts'
import { EngineError, type EngineErrorCode } from '../error.ts'
import { nameOf } from './message.ts'

type Meaning = [code: EngineErrorCode, problem: string, hint: string]

const running =
  'Is the Engine running? See `systemctl status docker`, or name its address: the option host or DOCKER_HOST.'

const tooManyFiles: Meaning = [
  'too-many-files',
  'too many files are open',
  'Raise the limit (`ulimit -n`), or run fewer jobs at a time: each takes two connections.',
]

const meanings: Record<string, Meaning> = {
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  ENOENT: ['no-socket', 'there is no such socket', running],
  ENOTSOCK: ['no-socket', 'it is not a socket', running],
  EACCES: [
    'no-permission',
    'permission denied',
    "Run as root, or as a member of the socket's group (often docker).",
  ],
  EPERM: [
    'no-permission',
    'permission denied',
    "Run as root, or as a member of the socket's group (often docker).",
  ],
  ECONNREFUSED: ['refused', 'nothing listens there (connection refused)', running],
  ENOTFOUND: [
    'unknown-host',
    'the host name is not known',
    'Check the option host or DOCKER_HOST, and the resolver.',
  ],
  EAI_AGAIN: [
    'unknown-host',
    'the host name could not be looked up',
    'Check the resolver (/etc/resolv.conf).',
  ],
  ERR_ACCESS_DENIED: [
    'no-permission',
    'the network was not granted',
    'Start Node with --allow-net beside --permission, or Deno with --allow-net.',
  ],
  EHOSTUNREACH: ['refused', 'no route to the host', 'Check the option host or DOCKER_HOST, and the network.'],
  ENETUNREACH: [
    'refused',
    'no route to the network',
    'Check the option host or DOCKER_HOST, and the network.',
  ],
  ETIMEDOUT: [
    'connect-timeout',
    'the connection timed out',
    'Check the network between here and the Engine.',
  ],
  UND_ERR_CONNECT_TIMEOUT: [
    'connect-timeout',
    'no connection within 10 s',
    'Check the network between here and the Engine, and the load of the Engine.',
  ],
  UND_ERR_HEADERS_OVERFLOW: [
    'bad-answer',
    'the headers of its response are too long',
    'Does an Engine listen there? Check the option host or DOCKER_HOST.',
  ],
  UND_ERR_HEADERS_TIMEOUT: [
    'no-answer',
    'it accepted the request and never answered',
    'Is the Engine stuck? See its log: `journalctl -u docker`.',
  ],
}

const lost: Meaning = [
  'connection-lost',
  'the connection broke off',
  'The Engine may have restarted. See its log: `journalctl -u docker`.',
]

/** An Engine that rejects a client certificate says why as it closes the connection, and undici reports only the close. */
const refusedHint =
  'The Engine may have rejected the certificate cert.pem of DOCKER_CERT_PATH, or have restarted. See its log: `journalctl -u docker`.'

/** undici's codes for a request that is not valid HTTP. */
const unsendable: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])

/** The error of a time limit that has run out; to be handed to `connectionError`. */
export function timedOut(what: 'connect' | 'headers'): Error {
  const code = what === 'connect' ? 'UND_ERR_CONNECT_TIMEOUT' : 'UND_ERR_HEADERS_TIMEOUT'
  return Object.assign(new Error(`no ${what} in time`), { code })
}

/** What arrived is not an HTTP response; with undici's code for headers over its limit, they are too long. */
export function protocolError(code?: 'UND_ERR_HEADERS_OVERFLOW'): Error {
  const error = new Error('the response is not HTTP')
  return code === undefined
    ? Object.assign(error, { name: 'HTTPParserError' })
    : Object.assign(error, { code })
}

/** Translates an error of Node, undici or ssh. `answered`: the response's headers had arrived. */
export function connectionError(
  error: Error,
  address: Address,
  request?: { method: string; path: string },
  answered = false,
): EngineError {
  if (error instanceof EngineError) return error
  const name = request && nameOf(request)
  if (unsendable.has(codeOf(error))) {
    return new EngineError('usage', `${name} can't be sent: ${error.message}`, {
      request: name,
      cause: error,
    })
  }
  const [code, problem, hint] = meaning(error, answered)
  return new EngineError(code, `the Engine at ${address.text} can't be used: ${problem}`, {
    request: name,
    hint: code === 'connection-lost' && address.kind === 'tcp' && address.tls ? refusedHint : hint,
    // undici's error carries the bytes that were received.
    cause: isNotHttp(error) ? new Error(error.message) : error,
  })
}

function isNotHttp(error: Error): boolean {
  return error.name === 'HTTPParserError'
}

function meaning(error: Error, answered: boolean): Meaning {
  const code = codeOf(error)
  const known = meanings[code]
  if (known !== undefined) return known
  if (isNotHttp(error) && !answered) {
    return [
      'not-http',
      'the server there does not speak HTTP',
      'Is it an Engine? With TLS, set DOCKER_TLS_VERIFY=1.',
    ]
  }
  if (/^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) {
    return [
      'tls',
      `TLS failed (${tlsReason(error)})`,
      'Check DOCKER_CERT_PATH: ca.pem must have signed the certificate of the Engine.',
    ]
  }
  const { syscall } = error as NodeJS.ErrnoException
  if (syscall === 'connect' || syscall === 'getaddrinfo')
    return ['no-connection', `no connection can be opened (${code})`, 'Check the option host or DOCKER_HOST.']
  return lost
}

// The message of OpenSSL's own errors is a line of its source.
function tlsReason(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
}

// With several addresses for a host, Node wraps one error for each. Deno's refusal has a name and no code.
function codeOf(error: Error): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  if (first?.name === 'NotCapable') return 'ERR_ACCESS_DENIED'
  return typeof first?.code === 'string' ? first.code : ''
}
