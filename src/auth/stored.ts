import { type DockerConfig, malformed } from './config.ts'
import type { Credentials } from './credentials.ts'
import { type JsonObject, jsonObject, member } from './json.ts'
import { Secret } from './secret.ts'

/** Credentials that config.json itself holds, and the key that they stand under. */
export interface Stored {
  readonly key: string
  readonly credentials: Credentials
}

/**
 * Finds what `auths` holds for `key`: under the key itself, else under the first key (a URL, or with a path) of the same host.
 * An entry without credentials, which Docker leaves behind as a mark, is none.
 * @throws {CredentialError} when that entry is malformed; others are not looked at.
 */
export function storedCredentials(config: DockerConfig, key: string): Stored | undefined {
  const found = config.auths.has(key) ? key : [...config.auths.keys()].find(stored => hostOf(stored) === key)
  if (found === undefined) return undefined
  const reject = (flaw: string): never => {
    throw malformed(config.file, `in auths, under ${JSON.stringify(found)}, ${flaw}`)
  }
  const entry = jsonObject(config.auths.get(found) ?? {}) ?? reject('is no object')
  const credentials = entryCredentials(entry, reject)
  return credentials && { key: found, credentials }
}

type Reject = (flaw: string) => never

function entryCredentials(entry: JsonObject, reject: Reject): Credentials | undefined {
  const text = (name: string): string => {
    const value = member(entry, name) ?? ''
    return typeof value === 'string' ? value : reject(`${name} is not a string`)
  }
  // The tokens first: docker login leaves "user:" in auth beside an identity token.
  if (text('registrytoken')) return { registryToken: new Secret(text('registrytoken')) }
  if (text('identitytoken')) return { identityToken: new Secret(text('identitytoken')) }
  if (text('auth')) return decodeAuth(text('auth'), reject)
  if (text('username')) return { username: text('username'), password: new Secret(text('password')) }
  return undefined
}

function decodeAuth(auth: string, reject: Reject): Credentials {
  const pair = decodeBase64(auth) ?? reject('auth is not base64 of UTF-8 text')
  const colon = pair.indexOf(':')
  if (colon < 1) return reject('auth does not decode to USER:PASSWORD')
  return { username: pair.slice(0, colon), password: new Secret(trimNuls(pair.slice(colon + 1))) }
}

// Buffer takes anything for base64, and would make a wrong password of a damaged one.
function decodeBase64(text: string): string | undefined {
  const base64 = text.replaceAll(/[\r\n]/g, '')
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}

function trimNuls(text: string): string {
  let end = text.length
  while (text[end - 1] === '\0') end--
  return text.slice(0, end)
}

function hostOf(stored: string): string {
  return stored.replace(/^https?:\/\//i, '').replace(/\/.*/s, '')
}
