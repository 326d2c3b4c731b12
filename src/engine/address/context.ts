import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readRegularFile } from '../../host/read-file.ts'
import { EngineError } from '../error.ts'
import { type Address, parseAddress, type TlsFiles } from './address.ts'

/**
 * The Engine that a docker context points at. A context is a folder named after the SHA-256 of its name:
 * `contexts/meta/<hash>/meta.json` has the address, `contexts/tls/<hash>/docker/` the certificates.
 */
export async function readContext(config: string, name: string): Promise<Address> {
  const id = createHash('sha256').update(name).digest('hex')
  const file = join(config, 'contexts/meta', id, 'meta.json')
  const bytes = await readRegularFile(file).catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'ENOENT' ? 'does not exist' : `can't be read (${error.code})`
    throw broken(name, problem, error.code === 'ENOENT' ? 'See `docker context ls`.' : `Look at ${file}.`)
  })
  const { host, skipVerify } = endpoint(name, file, bytes.toString('utf8'))
  return parseAddress(host, await contextTls(name, join(config, 'contexts/tls', id, 'docker'), skipVerify))
}

function endpoint(name: string, file: string, text: string): { host: string; skipVerify: boolean } {
  let meta: { Endpoints?: { docker?: { Host?: unknown; SkipTLSVerify?: unknown } } } | null
  try {
    meta = JSON.parse(text)
  } catch (error) {
    throw broken(name, 'is broken', `${file} is not JSON.`, error)
  }
  const docker = meta?.Endpoints?.docker
  if (typeof docker?.Host !== 'string') throw broken(name, 'has no address of an Engine', `Look at ${file}.`)
  return { host: docker.Host, skipVerify: docker.SkipTLSVerify === true }
}

async function contextTls(
  name: string,
  directory: string,
  skipVerify: boolean,
): Promise<TlsFiles | undefined> {
  const files = await readdir(directory).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw broken(name, `has certificates that can't be read (${error.code})`, `Look at ${directory}.`, error)
  })
  if (files.length === 0 && !skipVerify) return undefined
  const path = (kind: string) =>
    files.includes(`${kind}.pem`) ? { [kind]: join(directory, `${kind}.pem`) } : {}
  return { ...path('ca'), ...path('cert'), ...path('key'), verify: !skipVerify }
}

function broken(name: string, problem: string, hint: string, cause?: unknown): EngineError {
  return new EngineError('usage', `the docker context ${JSON.stringify(name)} ${problem}`, { hint, cause })
}
