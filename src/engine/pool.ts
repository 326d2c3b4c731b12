import { createConnection } from 'node:net'
import type { buildConnector, Pool } from 'undici'
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
  if (address.kind === 'socket') return (_, callback) => dialSocket(address.path, signal, callback)
  if (address.kind === 'tcp') return { ...common, ...(address.tls && (await material(address.tls))) }
  const { dialOverSsh } = await import('./ssh.ts')
  return (_, callback) => dialOverSsh(address, callback)
}

// undici's own connector asks whether the host is an IP address, and the expression for that takes 3 ms to compile. A
// local socket answers or refuses at once: no time limit.
function dialSocket(path: string, signal: AbortSignal, callback: buildConnector.Callback): void {
  const socket = createConnection({ path, signal })
  const failed = (error: Error) => callback(error, null)
  socket.once('error', failed)
  socket.once('connect', () => {
    socket.off('error', failed)
    callback(null, socket)
  })
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
  const { readFile } = await import('node:fs/promises')
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new EngineError('tls', `the certificate file ${file} can't be read (${error.code})`, {
      hint: 'Set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem.',
      cause: error,
    })
  })
}
