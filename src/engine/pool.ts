import { readFile } from 'node:fs/promises'
import type { Pool } from 'undici'
import type { Address, TlsFiles } from './address.ts'
import { EngineError } from './error.ts'

/** Milliseconds to open a connection. */
const connectTimeout = 10_000

/** A pool of connections to that address; none is opened yet. `closing` ends those that are being opened, too. */
export async function openPool(address: Address, closing: AbortSignal): Promise<Pool> {
  const { default: Pool } = await import('undici/lib/dispatcher/pool.js')
  return new Pool(origin(address), {
    connect: await connector(address, closing),
    connectTimeout,
    // Jobs may be silent for days: wait, logs and events end when the Engine ends them.
    bodyTimeout: 0,
    pipelining: 1,
    allowH2: false,
  })
}

// The Host header is nobody's business on a socket; Go's server only wants one.
function origin(address: Address): string {
  if (address.kind !== 'tcp') return 'http://docker'
  return `${address.tls ? 'https' : 'http'}://${address.hostname}:${address.port}`
}

async function connector(
  address: Address,
  signal: AbortSignal,
): Promise<NonNullable<Pool.Options['connect']>> {
  const common = { timeout: connectTimeout, allowH2: false, signal }
  if (address.kind === 'socket') return { ...common, socketPath: address.path }
  if (address.kind === 'tcp') return { ...common, ...(address.tls && (await material(address.tls))) }
  const { dialOverSsh } = await import('./ssh.ts')
  return (_, callback) => dialOverSsh(address, callback)
}

async function material(files: TlsFiles) {
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map(pem))
  return {
    rejectUnauthorized: files.verify ?? true,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

async function pem(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new EngineError('tls', `the certificate file ${file} can't be read (${error.code})`, {
      hint: 'Set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem.',
      cause: error,
    })
  })
}
