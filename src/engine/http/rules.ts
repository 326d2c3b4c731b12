import { EngineError } from '../error.ts'

/** The header that carries a registry's credentials, in lower case. */
export const registryAuthHeader = 'x-registry-auth'

const forbidden: ReadonlySet<string> = new Set(['/auth'])
/** Paths in which a server decodes, drops or replaces nothing. */
const literal = /^[!"$&-[\]-~]*$/
const mayCarryRegistryAuth = { method: 'POST', path: '/images/create' }

/**
 * The two rules for every request, those of `engine.request()` included: credentials are sent with `POST /images/create`
 * only, and `/auth` is never called.
 */
export function checkRequest(method: string, path: string, headers: Readonly<Record<string, string>>): void {
  const names = Object.keys(headers)
  const carries = names.length > 0 && names.some(name => name.trim().toLowerCase() === registryAuthHeader)
  if (!carries && literal.test(path) && !path.toLowerCase().includes('auth')) return
  const operation = operationOf(path)
  // Some servers cut a path at #, and some do not.
  if (forbidden.has(operation) || forbidden.has(operationOf(path.replaceAll('#', '%23')))) {
    throw new EngineError(
      'forbidden',
      `${method} ${operation} is never sent: it asks the registry on the job's behalf`,
      {
        hint: 'Hand credentials to the pull; the Engine passes them on when it needs them.',
      },
    )
  }
  const may = method === mayCarryRegistryAuth.method && operation === mayCarryRegistryAuth.path
  if (carries && !may) {
    throw new EngineError(
      'forbidden',
      `X-Registry-Auth goes out on POST /images/create only, not on ${method} ${operation}`,
    )
  }
}

// The Engine's router decodes and cleans a path before it matches it, and accepts a version prefix of v, digits and dots;
// Podman's also accepts letters in it.
function operationOf(path: string): string {
  const { pathname } = new URL(`http://engine/${path.replace(/^[/\\]+/, '')}`)
  const cleaned = decode(pathname).replaceAll('\\', '/').split('/').reduce<string[]>(step, [])
  if (/^v[\d.][\w.-]*$/.test(cleaned[0] ?? '')) cleaned.shift()
  return `/${cleaned.join('/')}`.toLowerCase()
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    throw new EngineError(
      'usage',
      `the path ${JSON.stringify(pathname.slice(0, 200))} is not percent-encoded as it should be`,
    )
  }
}

function step(kept: string[], part: string): string[] {
  if (part === '..') kept.pop()
  else if (part !== '' && part !== '.') kept.push(part)
  return kept
}

/** What HTTP itself and the request's body need. */
const reserved: ReadonlySet<string> = new Set([
  registryAuthHeader,
  'x-registry-config',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Of the headers that the user has configured, those that may be sent with every request; names in lower case. */
export function configuredHeaders(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const headers = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(
    headers.filter(
      ([name, value]) =>
        /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t -~\x80-\xff]*$/.test(value) && !reserved.has(name),
    ),
  )
}
