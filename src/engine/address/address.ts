import { EngineError } from '../error.ts'

/** Certificates for an Engine behind TLS, as paths of PEM files. */
export interface TlsFiles {
  ca?: string
  cert?: string
  key?: string
  /** `false` accepts any certificate of the Engine. Default true. */
  verify?: boolean
}

/** Where an Engine listens. `text` is how it is named in messages. */
export type Address =
  | { kind: 'socket'; text: string; path: string }
  | { kind: 'tcp'; text: string; hostname: string; port: number; basePath: string; tls?: TlsFiles }
  | { kind: 'ssh'; text: string; user?: string; hostname: string; port?: number; socket?: string }

const forms = 'unix:///run/docker.sock, tcp://host:2376, ssh://user@host or npipe:////./pipe/docker_engine'

/**
 * Reads an Engine's address as the docker command writes it in `DOCKER_HOST`.
 * Without a port, tcp means 2375, and 2376 with TLS.
 */
export function parseAddress(text: string, tls?: TlsFiles): Address {
  const separator = text.indexOf('://')
  const scheme = text.slice(0, separator).toLowerCase()
  const rest = text.slice(separator + 3)
  if (separator > 0 && rest !== '') {
    if (scheme === 'unix') return socket(text, rest)
    if (scheme === 'npipe') return { kind: 'socket', text, path: rest }
    if (scheme === 'tcp' || scheme === 'http') return tcp(text, rest, tls)
    if (scheme === 'https') return tcp(text, rest, tls ?? {})
    if (scheme === 'ssh') return ssh(text)
  }
  throw unreadable(text, `is not an Engine's address`)
}

function socket(text: string, path: string): Address {
  if (!path.startsWith('/')) throw unreadable(text, 'needs an absolute path after unix://')
  return { kind: 'socket', text, path }
}

function tcp(text: string, rest: string, tls: TlsFiles | undefined): Address {
  const url = parseUrl(text, `http://${rest}`)
  if (url.username !== '' || url.password !== '')
    throw unreadable(text, 'has a user in it, which tcp has no use for')
  const port = url.port === '' ? defaultPort(rest, tls) : Number(url.port)
  const basePath = url.pathname.replace(/\/+$/, '')
  return { kind: 'tcp', text, hostname: url.hostname, port, basePath, ...(tls && { tls }) }
}

// URL drops a port that is its scheme's default.
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

// What stands before an @ may be a password.
function unreadable(text: string, problem: string): EngineError {
  const shown = JSON.stringify(text.replace(/^(.*?:\/\/)?.*@/s, '$1…@').slice(0, 200))
  return new EngineError('usage', `${shown} ${problem}`, { hint: `Write it as ${forms}.` })
}
