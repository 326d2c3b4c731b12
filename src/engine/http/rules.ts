import { EngineError } from '../error.ts'

/** The header that carries a registry's credentials, in lower case. */
export const registryAuthHeader = 'x-registry-auth'

const forbidden: ReadonlySet<string> = new Set(['/auth'])
/** Paths of which nothing is decoded, dropped or turned into something else: what they don't say, they don't mean. */
const innocent = /^[!"$&-[\]-~]*$/
const mayCarryRegistryAuth = { method: 'POST', path: '/images/create' }

/**
 * The two rules that every request passes, the raw road's too: credentials go out on `POST /images/create` alone, and
 * nobody logs in through the Engine.
 */
export function checkRequest(method: string, path: string, headers: Readonly<Record<string, string>>): void {
  const names = Object.keys(headers)
  const carries = names.length > 0 && names.some(name => name.trim().toLowerCase() === registryAuthHeader)
  if (!carries && innocent.test(path) && !path.toLowerCase().includes('auth')) return
  const operation = operationOf(path)
  // Whether a server cuts at a # is its own affair.
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

// The Engine's router decodes and cleans a path before it matches it, and takes a prefix of v, digits and dots; Podman's
// takes letters in it, too.
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

/** Takes secrets out of a text. */
export type Redact = (text: string) => string

const secretKeys: ReadonlySet<string> = new Set(['password', 'auth', 'identitytoken', 'registrytoken'])

/** Takes an X-Registry-Auth value, and the secrets inside it, out of whatever the Engine says. */
export function redactor(header: string | undefined): Redact {
  if (header === undefined) return unchanged
  const forms = [header, ...secretsIn(header)].flatMap(withoutPadding)
  const longestFirst = [...new Set(forms)].filter(form => form !== '').sort((a, b) => b.length - a.length)
  if (longestFirst.length === 0) return unchanged
  const pattern = new RegExp(longestFirst.map(inAnyQuoting).join('|'), 'gu')
  return text => text.replace(pattern, '[redacted]')
}

/** Of a request that carries no secret. */
export const unchanged: Redact = text => text

function secretsIn(header: string): string[] {
  let fields: unknown
  try {
    fields = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
  } catch {
    return []
  }
  if (typeof fields !== 'object' || fields === null) return []
  const entries = Object.entries(fields).map(([key, value]) => [key.toLowerCase(), String(value)] as const)
  const username = entries.find(([key]) => key === 'username')?.[1] ?? ''
  const secrets = entries
    .filter(([key, value]) => secretKeys.has(key) && value !== '')
    .map(([, value]) => value)
  return secrets.flatMap(secret => [secret, ...base64(secret), ...base64(`${username}:${secret}`)])
}

function base64(text: string): string[] {
  const bytes = Buffer.from(text)
  return [bytes.toString('base64'), bytes.toString('base64url')]
}

function withoutPadding(form: string): string[] {
  return [form, form.replace(/=+$/, '')]
}

// Errors quote what they choke on: as JSON or a Go string, up to three times over, or inside a URL.
function inAnyQuoting(secret: string): string {
  return Array.from(secret.matchAll(/(\\*)([^\\]?)/gsu), ([part, slashes = '', character = '']) => {
    if (/^[A-Za-z0-9]?$/.test(part)) return part
    const count = slashes.length
    const quoted = `\\\\{${count},${count * 8 + 8}}${quotedCharacter(character)}`
    const encoded = `${percent(slashes)}${character === ' ' ? '(?:%20|\\+)' : percent(character)}`
    return `(?:${quoted}|${encoded})`
  }).join('')
}

function quotedCharacter(character: string): string {
  if (character === '') return ''
  const units = character.split('').map(unit => `u${hex(unit.charCodeAt(0), 4)}`)
  return `(?:\\u{${character.codePointAt(0)?.toString(16)}}|${units.join('\\\\{1,8}')})`
}

function percent(text: string): string {
  return Array.from(Buffer.from(text), byte => `%${hex(byte, 2)}`).join('')
}

function hex(code: number, digits: number): string {
  const text = code.toString(16).padStart(digits, '0')
  return text.replace(/[a-f]/g, digit => `[${digit}${digit.toUpperCase()}]`)
}
