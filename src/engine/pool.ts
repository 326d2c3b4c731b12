import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { buildConnector, Pool } from 'undici'
import type { Address, TlsFiles } from './address.ts'
import { EngineError } from './error.ts'
import { tapped } from './socket-bytes.ts'

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
  const common = { timeout: connectTimeout, allowH2: false }
  if (address.kind === 'ssh') {
    const { dialOverSsh } = await import('./ssh.ts')
    return (_, callback) => dialOverSsh(address, callback)
  }
  if (address.kind === 'tcp' && address.tls) return { ...common, signal, ...(await material(address.tls)) }
  return dialTapped(address.kind === 'socket' ? { ...common, socketPath: address.path } : common, signal)
}

/** As undici dials, but for what a socket reads into. */
async function dialTapped(
  options: buildConnector.BuildOptions,
  closing: AbortSignal,
): Promise<buildConnector.connector> {
  const { default: buildConnector } = await import('undici/lib/core/connect.js')
  // In place of net.connect's own signal, which would stay with each connection for as long as it lives.
  const dialling = new Set<Socket>()
  closing.addEventListener('abort', () => {
    for (const socket of dialling) socket.destroy(closing.reason)
  })
  return (where, callback) => {
    const { onread, attach } = tapped()
    // undici passes to net.connect what it does not know.
    const connect = buildConnector({ ...options, onread } as buildConnector.BuildOptions)
    let socket: unknown
    const connected: buildConnector.Callback = (...result) => {
      if (socket instanceof Socket) dialling.delete(socket)
      callback(...result)
    }
    socket = connect(where, connected)
    if (!(socket instanceof Socket)) return
    attach(socket)
    dialling.add(socket)
  }
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
