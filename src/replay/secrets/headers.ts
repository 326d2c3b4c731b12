import { registryAuthSecrets } from '../../redact/registry-auth.ts'
import { passwordOf } from './evidence.ts'
import { parsed } from './parsed.ts'

const credentialHeaders =
  /^(x-registry-auth|x-registry-config|authorization|proxy-authorization|cookie|set-cookie)$/i

/** The secrets in the value of a header; none where it carries no credentials. */
export function headerSecrets(name: string, value: string): string[] {
  if (!credentialHeaders.test(name) || /^\[present/.test(value)) return []
  if (/^x-registry-/i.test(name)) return registrySecrets(value)
  return /cookie$/i.test(name) ? cookieSecrets(value) : authorizationSecrets(value)
}

/** A header of credentials as a recording shows it: that it was there, and which keys it had. Undefined for other headers. */
export function shownHeader(name: string, value: string): string | undefined {
  if (!credentialHeaders.test(name)) return undefined
  if (/^\[present/.test(value)) return value
  const scheme = /^(?:proxy-)?authorization$/i.test(name) && /^(\S+) ./.exec(value)?.[1]
  const keys =
    scheme ||
    Object.keys(parsed(Buffer.from(value, 'base64').toString('utf8')))
      .sort()
      .join(', ')
  return keys === '' ? '[present]' : `[present: ${keys}]`
}

function registrySecrets(value: string): string[] {
  const fields = parsed(Buffer.from(value, 'base64').toString('utf8'))
  const nested = Object.values(fields).filter(field => typeof field === 'object' && field !== null)
  return [value, ...nested.map(field => Buffer.from(JSON.stringify(field)).toString('base64'))].flatMap(
    registryAuthSecrets,
  )
}

function cookieSecrets(value: string): string[] {
  return [value, ...value.split(/;\s*/).map(cookie => cookie.slice(cookie.indexOf('=') + 1))]
}

function authorizationSecrets(value: string): string[] {
  const [, scheme = '', token = value] = /^(\S+) +(.+)$/.exec(value) ?? []
  if (!/^basic$/i.test(scheme)) return [value, token]
  return [value, token, passwordOf(Buffer.from(token, 'base64').toString('utf8'))]
}
