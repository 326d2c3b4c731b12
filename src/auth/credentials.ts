import { CredentialError } from './error.ts'
import { type JsonObject, jsonObject } from './json.ts'
import { Secret } from './secret.ts'

/** A user and a password, an identity token (OAuth's refresh token), or a registry token (a bearer token, sent unchanged). */
export type Credentials =
  | { readonly username: string; readonly password: string | Secret }
  | { readonly identityToken: string | Secret }
  | { readonly registryToken: string | Secret }

/**
 * Called when a pull from `registry` (`docker.io`, `reg.example:5000`) is about to be sent. `undefined` means: pull anonymously.
 * `signal` aborts when the pull is cancelled and when the time limit for an answer has passed.
 */
export type CredentialsLookup = (
  registry: string,
  options: { signal: AbortSignal },
) => Credentials | undefined | Promise<Credentials | undefined>

/**
 * Checks credentials that a caller gave.
 * @throws {CredentialError} It names the fault and quotes nothing of the credentials.
 */
export function readCredentials(value: unknown, registry: string): Credentials {
  const reject = (flaw: string): never => {
    throw new CredentialError(`the credentials given for ${registry} are unusable: ${flaw}`, {
      about: registry,
      hint: 'Give { username, password }, { identityToken } or { registryToken }, none of them empty.',
    })
  }
  const given = jsonObject(value)
  if (given === undefined) return reject('they are not an object')
  const kinds = ['username', 'identityToken', 'registryToken'].filter(key => given.get(key) !== undefined)
  if (kinds.length !== 1)
    return reject(`they hold ${kinds.length ? kinds.join(' and ') : 'no username and no token'}`)
  const secret = (key: string) =>
    secretOf(given, key) ?? reject(`${key} is empty, or neither a string nor a Secret`)
  if (kinds[0] === 'identityToken') return { identityToken: secret('identityToken') }
  if (kinds[0] === 'registryToken') return { registryToken: secret('registryToken') }
  const username = given.get('username')
  if (typeof username !== 'string' || username === '') return reject('username is empty or not a string')
  return { username, password: secret('password') }
}

function secretOf(given: JsonObject, key: string): Secret | undefined {
  const value = given.get(key)
  const secret = typeof value === 'string' ? new Secret(value) : value
  return secret instanceof Secret && secret.reveal() !== '' ? secret : undefined
}
