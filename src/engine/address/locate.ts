import { join } from 'node:path'
import { configDirectory } from '../../host/config-directory.ts'
import { homeDirectory } from '../../host/home.ts'
import { EngineError } from '../error.ts'
import { type Address, parseAddress, type TlsFiles } from './address.ts'
import type { EngineSettings } from './settings.ts'

/** Where to look for the Engine. */
export interface LocateOptions {
  /**
   * An address, as `DOCKER_HOST` has it. Of a list, the first Engine that answers the first request is used from then on: only
   * a connection that fails, or no answer within 10 s, leads to the next, and never an error that the Engine answers.
   */
  host?: string | readonly string[] | undefined
  /** The name of a docker context; not beside `host`. */
  context?: string | undefined
  /** Docker's configuration directory. Default: `DOCKER_CONFIG`, else `~/.docker`. */
  config?: string | undefined
  /** Certificates for a tcp address. Default: what `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` say. */
  tls?: TlsFiles | undefined
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined
  /**
   * Called when a config.json can't be read and the current docker context in it is therefore unknown, and for each Engine of
   * a list that did not answer.
   */
  onWarning?: ((message: string) => void) | undefined
}

/** Where to look for one Engine. */
export type OneEngine = Omit<LocateOptions, 'host'> & { host?: string | undefined }

/**
 * Finds the Engine as the docker command does: the address or context asked for, `DOCKER_HOST`, `DOCKER_CONTEXT`, the
 * current context of config.json, then the sockets where Engines usually listen.
 */
export async function locate(options: OneEngine): Promise<Address> {
  const env = options.env ?? process.env
  const home = homeDirectory(env)
  const config = configDirectory(options.config, env)
  if (options.host !== undefined && options.context !== undefined) {
    throw new EngineError('usage', 'an address and a context are both given', {
      hint: 'Leave one of them out.',
    })
  }
  const tls = options.tls ?? (await tlsFromEnvironment(env, config))
  const named = namedAddress(options, env, tls)
  const { readSettings } = await import('./settings.ts')
  // A config.json that can't be read matters where the current context is looked for, and nowhere else.
  const warn = named === undefined ? options.onWarning : undefined
  const settings: EngineSettings = config === undefined ? {} : await readSettings(config, warn)
  const address = named ?? (await contextAddress(options, { env, home, config, settings }))
  return settings.headers === undefined ? address : { ...address, headers: settings.headers }
}

/** The address of the option or of the environment. */
function namedAddress(
  { host, context }: OneEngine,
  env: NodeJS.ProcessEnv,
  tls: TlsFiles | undefined,
): Address | undefined {
  if (host !== undefined) return parseAddress(host, tls)
  // Docker's context "default" is what DOCKER_HOST says.
  const variable = env.DOCKER_HOST?.trim()
  if (!variable || (context !== undefined && context !== 'default')) return undefined
  try {
    return parseAddress(variable, tls)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    throw new EngineError(error.code, `DOCKER_HOST: ${error.message}`, { hint: error.hint })
  }
}

interface Surroundings {
  env: NodeJS.ProcessEnv
  home: string | undefined
  config: string | undefined
  settings: EngineSettings
}

async function contextAddress(
  options: OneEngine,
  { env, home, config, settings }: Surroundings,
): Promise<Address> {
  const context = options.context ?? (env.DOCKER_CONTEXT || settings.currentContext)
  if (context === undefined || context === 'default') return usualSocket(env, home)
  if (config === undefined) throw homeless('the docker contexts are')
  const { readContext } = await import('./context.ts')
  return readContext(config, context)
}

function homeless(what: string): EngineError {
  return new EngineError('usage', `nothing says where ${what}: this user has no home directory`, {
    hint: 'Set HOME, or DOCKER_CONFIG (DOCKER_CERT_PATH for certificates).',
  })
}

// As the docker command reads it: any text, even "0" or "false", turns it on.
async function tlsFromEnvironment(
  env: NodeJS.ProcessEnv,
  config: string | undefined,
): Promise<TlsFiles | undefined> {
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_TLS) return undefined
  const directory = env.DOCKER_CERT_PATH || config
  if (directory === undefined) throw homeless('the certificates of DOCKER_TLS_VERIFY are')
  const file = (name: string) => join(directory, name)
  const [cert, key] = [file('cert.pem'), file('key.pem')]
  const { access } = await import('node:fs/promises')
  // Not every Engine asks for a certificate of the client.
  const own = await Promise.all([cert, key].map(path => access(path))).then(
    () => ({ cert, key }),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? {} : { cert, key }),
  )
  return { ca: file('ca.pem'), ...own, verify: Boolean(env.DOCKER_TLS_VERIFY) }
}

/** The sockets tried in turn when nothing says where the Engine is. */
export function usualSockets(env: NodeJS.ProcessEnv, home = homeDirectory(env)): string[] {
  if (process.platform === 'win32')
    return ['npipe:////./pipe/docker_engine', 'npipe:////./pipe/podman-machine-default']
  const runtime = env.XDG_RUNTIME_DIR
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    ...(home ? [join(home, '.docker/run/docker.sock'), join(home, '.docker/desktop/docker.sock')] : []),
    ...(runtime ? [join(runtime, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
  ].map(path => `unix://${path}`)
}

async function usualSocket(env: NodeJS.ProcessEnv, home: string | undefined): Promise<Address> {
  const addresses = usualSockets(env, home).map(text => parseAddress(text))
  const found = await Promise.all(addresses.map(probe))
  const best = addresses[found.indexOf('usable')] ?? addresses[found.indexOf('forbidden')]
  if (best !== undefined) return best
  throw new EngineError('no-socket', 'no Engine was found: none of the usual sockets exists', {
    hint: `Start the Engine, or name its address: the option host or DOCKER_HOST. Looked for ${addresses.map(address => address.text).join(', ')}.`,
  })
}

async function probe(address: Address): Promise<'usable' | 'forbidden' | 'absent'> {
  if (address.kind !== 'socket') return 'absent'
  const { access, constants } = await import('node:fs/promises')
  return access(address.path, constants.R_OK | constants.W_OK).then(
    () => 'usable',
    (error: NodeJS.ErrnoException) => (error.code === 'EACCES' ? 'forbidden' : 'absent'),
  )
}
