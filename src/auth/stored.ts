import { authsOf, type DockerConfig, malformed } from './config.ts'
import type { Credentials } from './credentials.ts'
import { type JsonObject, jsonObject, member } from './json.ts'
import { hostKeys, type ImagePlace, prefixKeys, serverAddress } from './keys.ts'
import { Secret } from './secret.ts'

/** Credentials that a configuration itself holds, and the `serveraddress` to send them with. */
export interface Stored {
  readonly address: string
  readonly credentials: Credentials
}

/**
 * Finds what `auths` holds for an image. Of the keys for one place, the first with credentials counts, whatever else is
 * malformed. docker login leaves entries without credentials: they count as absent, and a shorter path is not tried.
 * @throws {CredentialError} when every entry for that place is malformed. Entries for other places are not read.
 */
export function storedCredentials(config: DockerConfig, place: ImagePlace): Stored | undefined {
  const auths = authsOf(config)
  let broken: unknown
  for (const key of keysIn(config, auths, place)) {
    try {
      const credentials = entryCredentials(auths.get(key), rejecter(config, key, place))
      if (credentials) return { credentials, address: serverAddress(key, place.registry) }
    } catch (error) {
      broken ??= error
    }
  }
  if (broken !== undefined) throw broken
  return undefined
}

function keysIn({ source }: DockerConfig, auths: JsonObject, place: ImagePlace): readonly string[] {
  const keys = prefixKeys(auths.keys(), place)
  // For the variable, neither docker nor GitLab use an entry of another path.
  return keys.length > 0 || source === 'DOCKER_AUTH_CONFIG' ? keys : hostKeys(auths.keys(), place)
}

type Reject = (flaw: string) => never

function rejecter(config: DockerConfig, key: string, { registry }: ImagePlace): Reject {
  const where = config.source === 'config.json' ? `under ${JSON.stringify(key)}` : `for ${registry}`
  return flaw => {
    throw malformed(config, `in auths, ${where}, ${flaw}`)
  }
}

function entryCredentials(value: unknown, reject: Reject): Credentials | undefined {
  const entry = jsonObject(value ?? {}) ?? reject('is not an object')
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

// Buffer decodes anything, and would turn damaged base64 into a wrong password.
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
