import { configDirectory } from '../host/config-directory.ts'
import { type DockerConfig, helperFor, parseConfig } from './config.ts'
import { loadConfig } from './config-file.ts'
import type { Credentials } from './credentials.ts'
import { CredentialError } from './error.ts'
import { askHelper } from './helper.ts'
import type { HelperLimits } from './helper-process.ts'
import { type ImagePlace, registryKey } from './keys.ts'
import { storedCredentials } from './stored.ts'

/** Credentials, the `serveraddress` to send them with, and where they come from: `DOCKER_AUTH_CONFIG`, `config.json`, `helper NAME`. */
export interface Found {
  readonly credentials: Credentials
  readonly address: string
  readonly source: string
}

/** What the configured sources have for an image. `broken` is the failure of a source that was asked before. */
export interface Lookup {
  readonly found: Found | undefined
  readonly broken?: CredentialError | undefined
}

/**
 * Finds the credentials that are configured for an image: in `DOCKER_AUTH_CONFIG`, and what that does not have, in the config.json
 * of `directory` (default: where docker has it). The file is read only then. As with docker, a variable that is malformed has nothing.
 * @throws {CredentialError} when config.json, or a helper that it names, is broken. `limits.signal`'s reason when that aborts.
 */
export async function configuredCredentials(
  place: ImagePlace,
  directory: string | undefined,
  limits: HelperLimits,
): Promise<Lookup> {
  const { found, broken } = await findInVariable(place, limits)
  if (found !== undefined) return { found }
  const config = await loadConfig(configDirectory(directory, limits.env), limits.signal)
  return { found: await findIn(config, place, limits), broken }
}

async function findInVariable(place: ImagePlace, limits: HelperLimits): Promise<Lookup> {
  try {
    return { found: await findIn(variableConfig(limits.env), place, limits) }
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error
    return { found: undefined, broken: error }
  }
}

function variableConfig({ DOCKER_AUTH_CONFIG: text = '' }: NodeJS.ProcessEnv): DockerConfig {
  return parseConfig(text, { source: 'DOCKER_AUTH_CONFIG', name: 'DOCKER_AUTH_CONFIG' })
}

async function findIn(
  config: DockerConfig,
  place: ImagePlace,
  limits: HelperLimits,
): Promise<Found | undefined> {
  const { registry } = place
  const key = registryKey(registry)
  const name = helperFor(config, key)
  if (name === '') {
    const stored = storedCredentials(config, place)
    return stored && { ...stored, source: config.source }
  }
  const credentials = await askHelper({ name, key, registry, source: config.source }, limits)
  return credentials && { credentials, address: key, source: `helper ${name}` }
}
