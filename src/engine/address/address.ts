import { EngineError } from '../error.ts'

/** PEM: a file's path, or its content as text or bytes. */
export type Pem = string | Uint8Array

/** Certificates for an Engine behind TLS. */
export interface TlsFiles {
  /** Authorities that may have signed the Engine's certificate. Default: those of Node. */
  ca?: Pem
  /** The client's certificate. */
  cert?: Pem
  /** The client's key. */
  key?: Pem
  /** `false` accepts any certificate of the Engine. Default true. */
  verify?: boolean
}

/** Where an Engine listens. */
export type Address = {
  /** As it is named in messages. */
  text: string
  /** Sent with every request: HttpHeaders of config.json. */
  headers?: Readonly<Record<string, string>>
} & (
  | { kind: 'socket'; path: string }
  | { kind: 'tcp'; hostname: string; port: number; basePath: string; tls?: TlsFiles }
  | { kind: 'ssh'; user?: string; hostname: string; port?: number; socket?: string }
)

const forms = 'unix:///run/docker.sock, tcp://host:2376, ssh://user@host or npipe:////./pipe/docker_engine'

/** Bytes of a unix socket's path: what the system's sockaddr_un holds, without the last zero. */
const longestPath = process.platform === 'linux' ? 107 : 103

/**
 * Reads an Engine's address as the docker command reads `DOCKER_HOST`: without a scheme it is tcp, without a host
 * localhost, without a port 2375, and 2376 with TLS; `unix://` alone is Docker's own socket.
 */
export function parseAddress(given: string, tls?: TlsFiles): Address {
  const text = given.trim()
  const separator = text.indexOf('://')
  if (separator < 0) return tcp(text, withoutScheme(text), tls)
  const scheme = text.slice(0, separator).toLowerCase()
  const rest = text.slice(separator + 3)
  if (scheme === 'unix') return socket(text, rest || '/var/run/docker.sock')
  if (scheme === 'npipe' && rest !== '') return { kind: 'socket', text, path: rest }
  if (scheme === 'tcp' || scheme === 'http') return tcp(text, rest, tls)
  if (scheme === 'https') return tcp(text, rest, tls ?? {})
  if (scheme === 'ssh' && rest !== '') return ssh(text)
  throw unreadable(text, `is not an Engine's address`)
}

/** HOST[:PORT][/PATH]. A path, or a scheme without its slashes, would be a host to docker; here it is refused. */
function withoutScheme(text: string): string {
  const hostAndPort = /^(?=[^/])(\[[\da-f:.]+\]|[a-z\d][\w.-]*)?(:\d*)?(\/|$)/i
  if (hostAndPort.test(text) && !/^(unix|npipe|tcp|https?|ssh):(?!\d)/i.test(text)) return text
  throw unreadable(text, `is not an Engine's address`)
}

function socket(text: string, path: string): Address {
  if (!path.startsWith('/')) throw unreadable(text, 'needs an absolute path after unix://')
  const length = Buffer.byteLength(path)
  if (length > longestPath && process.platform !== 'win32') {
    const problem = `has a path of ${length} bytes, and the system takes ${longestPath} for a unix socket`
    throw unreadable(text, problem, 'Use a shorter path, or a symbolic link to the folder.')
  }
  return { kind: 'socket', text, path }
}

function tcp(text: string, rest: string, tls: TlsFiles | undefined): Address {
  const url = parseUrl(text, `http://${withHost(rest)}`)
  if (url.username !== '' || url.password !== '')
    throw unreadable(text, 'has a user in it, which tcp has no use for')
  if (/[?#]/.test(rest)) throw unreadable(text, 'has a query or a fragment in it')
  const port = url.port === '' ? defaultPort(rest, tls) : Number(url.port)
  const basePath = url.pathname.replace(/\/+$/, '')
  const name = text.includes('://') ? text : `tcp://${url.hostname}:${port}${basePath}`
  return { kind: 'tcp', text: name, hostname: url.hostname, port, basePath, ...(tls && { tls }) }
}

function withHost(rest: string): string {
  return /^(:|\/|$)/.test(rest) ? `localhost${rest}` : rest
}

// URL omits a port that is its scheme's default.
function defaultPort(rest: string, tls: TlsFiles | undefined): number {
  if (/^[^/]*:0*80(\/|$)/.test(rest)) return 80
  return tls ? 2376 : 2375
}

function ssh(text: string): Address {
  const url = parseUrl(text, text)
  if (url.password !== '') throw unreadable(text, 'has a password in it: ssh takes keys or an agent')
  // A host that starts with a dash would be read by ssh as an option.
  if (!/^[\w[][\w.:\]-]*$/.test(url.hostname)) throw unreadable(text, 'has no usable host name')
  const user = decoded(text, url.username)
  if (user.startsWith('-')) throw unreadable(text, 'has no usable user name')
  return {
    kind: 'ssh',
    text,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    ...(user !== '' && { user }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(url.pathname.length > 1 && { socket: decoded(text, url.pathname) }),
  }
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw unreadable(text, 'is not percent-encoded as it should be')
  }
}

function parseUrl(text: string, url: string): URL {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hostname === '') throw unreadable(text, 'has no usable host name')
  return parsed
}

// What stands before an @, or in a query, may be a password.
function unreadable(text: string, problem: string, hint = `Write it as ${forms}.`): EngineError {
  const safe = text.replace(/^(.*?:\/\/)?.*@/s, '$1…@').replace(/[?#].*/s, '…')
  return new EngineError('usage', `${JSON.stringify(safe.slice(0, 200))} ${problem}`, { hint })
}
