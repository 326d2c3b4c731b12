import { CredentialError } from './error.ts'
import { type JsonObject, jsonObject, member, parseJsonObject } from './json.ts'

/** Where a configuration comes from. */
export interface ConfigOrigin {
  readonly source: 'config.json' | 'DOCKER_AUTH_CONFIG'
  /** The file's path, or the variable's name: for messages. */
  readonly name: string
}

/** The contents of Docker's config.json, or of a variable in its shape. A section is checked when it is used: a broken one does not affect the others. */
export interface DockerConfig extends ConfigOrigin {
  readonly root: JsonObject
}

/**
 * Reads a configuration; a blank one has no entries.
 * @throws {CredentialError} when it is not a JSON object.
 */
export function parseConfig(text: string, origin: ConfigOrigin): DockerConfig {
  const root = text.trim() === '' ? new Map() : parseJsonObject(text)
  if (root === undefined) throw malformed(origin, 'it is not a JSON object')
  return { ...origin, root }
}

/**
 * The name of the helper that is configured for `key`; '' for none. An empty entry in credHelpers exempts a registry from credsStore.
 * @throws {CredentialError} when that name is not a string.
 */
export function helperFor(config: DockerConfig, key: string): string {
  const helpers = section(config, 'credHelpers')
  const own = helpers.has(key)
  const name = (own ? helpers.get(key) : member(config.root, 'credsStore')) ?? ''
  if (typeof name === 'string') return name
  throw malformed(
    config,
    own ? `in credHelpers, the value for ${key} is not a string` : 'credsStore is not a string',
  )
}

/**
 * The stored entries by registry or URL, in the order in which they stand, none of them checked.
 * @throws {CredentialError} when that section is not an object.
 */
export function authsOf(config: DockerConfig): JsonObject {
  return section(config, 'auths')
}

/** The error for a malformed configuration. `flaw` quotes no value of it, at most the keys of a file. */
export function malformed({ source, name }: ConfigOrigin, flaw: string): CredentialError {
  return new CredentialError(`${name} is malformed: ${flaw}`, {
    about: name,
    hint:
      source === 'config.json'
        ? 'Correct or remove it, log in again with docker login, or name another directory in DOCKER_CONFIG.'
        : 'Set it to JSON in the shape of config.json, {"auths":{"HOST":{"auth":"…"}}}, not to a path or to base64 of that; or unset it.',
  })
}

function section(config: DockerConfig, name: string): JsonObject {
  const found = member(config.root, name)
  const object = found === undefined ? new Map() : jsonObject(found)
  if (object === undefined) throw malformed(config, `${name} is not an object`)
  return object
}
