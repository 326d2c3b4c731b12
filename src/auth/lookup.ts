import { configDirectory, loadConfig } from './config.ts'
import { askFunction, type Credentials, type CredentialsLookup, readCredentials } from './credentials.ts'
import { encodeRegistryAuth } from './header.ts'
import { askHelper } from './helper.ts'
import type { Secret } from './secret.ts'
import { storedCredentials } from './stored.ts'

const HUB = 'docker.io'
const HUB_KEY = 'https://index.docker.io/v1/'
const HELPER_TIMEOUT = 30_000

/** What a pull tells the registry, ready to be sent, and for people where it came from: `explicit`, `function`, `helper NAME`, `config.json`. */
export type RegistryAuth =
  | { readonly header: Secret; readonly source: string }
  | { readonly header: undefined; readonly source: 'anonymous' }

/** No credentials: the pull goes out without the header. */
export const anonymous: RegistryAuth = { header: undefined, source: 'anonymous' }

/** Whose credentials are wanted, and where they may come from. */
export interface AuthQuery {
  /** The domain of a reference: `docker.io`, `reg.example:5000`. */
  readonly registry: string
  /** These, or what this function gives, and nothing else. Default: as Docker's config.json says. */
  readonly credentials?: Credentials | CredentialsLookup | undefined
  /** Docker's configuration directory. Default: `DOCKER_CONFIG`, else `~/.docker`. */
  readonly config?: string | undefined
  /** The environment that is consulted, and given to helpers. Default: the process's own. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Milliseconds that a helper may take before it is killed. Default 30,000. */
  readonly helperTimeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Finds the credentials for a registry. Nothing is read and no process is started before this is called.
 * A helper that is configured is the only source: what it does not have is anonymous, even if config.json has an entry.
 * @throws {CredentialError} when a source is broken. `signal.reason` when the signal aborts.
 */
export async function lookUpRegistryAuth(query: AuthQuery): Promise<RegistryAuth> {
  const { registry, credentials, signal = new AbortController().signal } = query
  signal.throwIfAborted()
  const key = registry === HUB ? HUB_KEY : registry
  if (credentials === undefined) return fromConfig(query, key, signal)
  if (typeof credentials !== 'function')
    return registryAuth(readCredentials(credentials, registry), key, 'explicit')
  return registryAuth(await askFunction(credentials, registry, signal), key, 'function')
}

async function fromConfig(query: AuthQuery, key: string, signal: AbortSignal): Promise<RegistryAuth> {
  const { registry, env = process.env, helperTimeout: timeout = HELPER_TIMEOUT } = query
  const config = await loadConfig(configDirectory(query.config, env), signal)
  const name = config.credHelpers.get(key) ?? config.credsStore
  if (name !== '') {
    const credentials = await askHelper({ name, key, registry }, { env, timeout, signal })
    return registryAuth(credentials, key, `helper ${name}`)
  }
  const stored = storedCredentials(config, key)
  return stored ? registryAuth(stored.credentials, stored.key, 'config.json') : anonymous
}

function registryAuth(credentials: Credentials | undefined, key: string, source: string): RegistryAuth {
  return credentials ? { header: encodeRegistryAuth(credentials, key), source } : anonymous
}
