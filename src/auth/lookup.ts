import { askFunction } from './ask-function.ts'
import { configuredCredentials, type Lookup } from './configured.ts'
import { type Credentials, type CredentialsLookup, readCredentials } from './credentials.ts'
import { CredentialError } from './error.ts'
import { encodeRegistryAuth } from './header.ts'
import { registryKey } from './keys.ts'
import type { Secret } from './secret.ts'

const HELPER_TIMEOUT = 30_000

/**
 * The credentials of a pull, ready to be sent, and their source for messages: `explicit`, `function`, `helper NAME`,
 * `DOCKER_AUTH_CONFIG`, `config.json`. `broken` is the failure of a source that may have had credentials, or better ones.
 */
export type RegistryAuth =
  | { readonly header: Secret; readonly source: string; readonly broken?: CredentialError }
  | { readonly header: undefined; readonly source: 'anonymous'; readonly broken?: CredentialError }

/** No credentials: the pull goes out without the header. */
export const anonymous = { header: undefined, source: 'anonymous' } as const satisfies RegistryAuth

/** The image whose credentials are wanted, and where to look for them. */
export interface AuthQuery {
  /** The domain of a reference: `docker.io`, `reg.example:5000`. */
  readonly registry: string
  /** The image's path in the registry: `group/project/app`, on the Hub `library/alpine`. Credentials stored for a part of it count before those for the registry. Default: none in particular. */
  readonly repository?: string | undefined
  /** These, or what this function gives, and nothing else. Default: as `DOCKER_AUTH_CONFIG`, then Docker's config.json say. */
  readonly credentials?: Credentials | CredentialsLookup | undefined
  /** Docker's configuration directory. Default: `DOCKER_CONFIG`, else `~/.docker`. As for docker, `DOCKER_AUTH_CONFIG` counts before it, given or not. */
  readonly config?: string | undefined
  /** The environment that is consulted, and given to helpers. Default: the process's own. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Milliseconds that a helper may take before it is killed, and a function before it is given up. Default 30,000. */
  readonly helperTimeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Finds the credentials for an image's registry; nothing is cached. Nothing is read and no process is started before this is
 * called. A helper that is configured is the only source of its configuration: what it does not have is not looked for in
 * `auths`. A source that is broken makes the pull anonymous: a public image needs no credentials.
 * @throws {CredentialError} when `credentials` is not a function and unusable. `signal.reason` when the signal aborts.
 */
export async function lookUpRegistryAuth(query: AuthQuery): Promise<RegistryAuth> {
  const { signal = new AbortController().signal, registry, credentials } = query
  signal.throwIfAborted()
  if (credentials !== undefined && typeof credentials !== 'function') {
    const given = readCredentials(credentials, registry)
    return { header: encodeRegistryAuth(given, registryKey(registry)), source: 'explicit' }
  }
  try {
    const { found, broken } = await findCredentials(query, credentials, signal)
    if (found === undefined) return broken === undefined ? anonymous : { ...anonymous, broken }
    const header = encodeRegistryAuth(found.credentials, found.address)
    return { header, source: found.source, ...(broken && { broken }) }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof CredentialError)) throw error
    return { header: undefined, source: 'anonymous', broken: error }
  }
}

async function findCredentials(
  query: AuthQuery,
  lookup: CredentialsLookup | undefined,
  signal: AbortSignal,
): Promise<Lookup> {
  const { registry, env = process.env, helperTimeout: timeout = HELPER_TIMEOUT } = query
  if (lookup === undefined) return configuredCredentials(query, query.config, { env, timeout, signal })
  const credentials = await askFunction(lookup, registry, { timeout, signal })
  return { found: credentials && { credentials, address: registryKey(registry), source: 'function' } }
}
