import { homedir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../error.ts'
import { type Address, parseAddress, type TlsFiles } from './address.ts'

/** Where to look for the Engine. */
export interface LocateOptions {
  /** An address, as `DOCKER_HOST` has it. */
  host?: string | undefined
  /** The name of a docker context; not beside `host`. */
  context?: string | undefined
  /** Docker's configuration directory. Default: `DOCKER_CONFIG`, else `~/.docker`. */
  config?: string | undefined
  /** Certificates for a tcp address. Default: what `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` say. */
  tls?: TlsFiles | undefined
  /** Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined
}

/**
 * Finds the Engine as the docker command does: the address or context asked for, `DOCKER_HOST`, `DOCKER_CONTEXT`, the
 * current context of config.json, then the sockets where Engines usually listen.
 */
export async function locate(options: LocateOptions): Promise<Address> {
  const env = options.env ?? process.env
  const config = options.config ?? (env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'))
  const tls = options.tls ?? (await tlsFromEnvironment(env, config))
  if (options.host !== undefined && options.context !== undefined) {
    throw new EngineError('usage', 'an address and a context are both given', {
      hint: 'Leave one of them out.',
    })
  }
  if (options.host !== undefined) return parseAddress(options.host, tls)
  if (options.context === undefined && env.DOCKER_HOST) return fromVariable(env.DOCKER_HOST, tls)
  const context = options.context ?? (env.DOCKER_CONTEXT || (await currentContext(config)))
  if (context !== undefined && context !== 'default') {
    const { readContext } = await import('./context.ts')
    return readContext(config, context)
  }
  return usualSocket(env)
}

// Whoever reads the message may not know that there is such a variable.
function fromVariable(text: string, tls: TlsFiles | undefined): Address {
  try {
    return parseAddress(text, tls)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    throw new EngineError(error.code, `DOCKER_HOST: ${error.message}`, { hint: error.hint })
  }
}

// As the docker command reads it: any text, even "0" or "false", turns it on.
async function tlsFromEnvironment(env: NodeJS.ProcessEnv, config: string): Promise<TlsFiles | undefined> {
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_TLS) return undefined
  const directory = env.DOCKER_CERT_PATH || config
  const file = (name: string) => join(directory, name)
  const [cert, key] = [file('cert.pem'), file('key.pem')]
  // Loaded where there are files to look at: an address that is given needs none.
  const { access } = await import('node:fs/promises')
  // An Engine that asks for no certificate of ours needs none.
  const own = await Promise.all([cert, key].map(path => access(path))).then(
    () => ({ cert, key }),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? {} : { cert, key }),
  )
  return { ca: file('ca.pem'), ...own, verify: Boolean(env.DOCKER_TLS_VERIFY) }
}

async function currentContext(config: string): Promise<string | undefined> {
  const file = join(config, 'config.json')
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '{}'
    throw unreadable(file, `can't be read (${error.code})`)
  })
  let parsed: unknown
  try {
    parsed = JSON.parse(text.trim() || '{}')
  } catch {
    // The parser's own error quotes the file, which may hold passwords.
    throw unreadable(file, 'is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null || !('currentContext' in parsed)) return undefined
  return typeof parsed.currentContext === 'string' && parsed.currentContext !== ''
    ? parsed.currentContext
    : undefined
}

function unreadable(file: string, problem: string): EngineError {
  return new EngineError('usage', `${file} ${problem}, so the current docker context is unknown`, {
    hint: 'Mend the file, or say where the Engine is: --host or DOCKER_HOST.',
  })
}

/** The sockets tried in turn when nothing says where the Engine is. */
export function usualSockets(env: NodeJS.ProcessEnv): string[] {
  if (process.platform === 'win32')
    return ['npipe:////./pipe/docker_engine', 'npipe:////./pipe/podman-machine-default']
  const runtime = env.XDG_RUNTIME_DIR
  const home = env.HOME || homedir()
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    ...(runtime ? [join(runtime, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
  ].map(path => `unix://${path}`)
}

async function usualSocket(env: NodeJS.ProcessEnv): Promise<Address> {
  const addresses = usualSockets(env).map(text => parseAddress(text))
  const found = await Promise.all(addresses.map(probe))
  const best = addresses[found.indexOf('usable')] ?? addresses[found.indexOf('forbidden')]
  if (best !== undefined) return best
  throw new EngineError('no-socket', 'no Engine was found: none of the usual sockets exists', {
    hint: `Start the Engine, or say where it is: --host or DOCKER_HOST. Looked for ${addresses.map(address => address.text).join(', ')}.`,
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
