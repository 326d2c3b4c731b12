import { createConnection, type OnReadOpts, Socket } from 'node:net'
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
  closing: AbortSignal,
): Promise<NonNullable<Pool.Options['connect']>> {
  if (address.kind === 'ssh') {
    const { dialOverSsh } = await import('./ssh.ts')
    return (_, callback) => dialOverSsh(address, callback)
  }
  if (address.kind === 'socket')
    return tappedDial(closing, (onread, _, callback) => dialSocket(address.path, onread, callback))
  const options = { timeout: connectTimeout, allowH2: false }
  if (address.tls) return { ...options, signal: closing, ...(await material(address.tls)) }
  const { default: buildConnector } = await import('undici/lib/core/connect.js')
  return tappedDial(closing, (onread, where, callback) =>
    // It passes to net.connect what it does not know itself.
    buildConnector({ ...options, onread } as buildConnector.BuildOptions)(where, callback),
  )
}

type Dial = (onread: OnReadOpts, where: buildConnector.Options, callback: buildConnector.Callback) => unknown

/** Dials, and taps what each socket reads. */
function tappedDial(closing: AbortSignal, dial: Dial): buildConnector.connector {
  // In place of net.connect's own signal, which would stay with each connection for as long as it lives.
  const dialling = new Set<unknown>()
  closing.addEventListener('abort', () => {
    for (const socket of dialling) if (socket instanceof Socket) socket.destroy(closing.reason)
  })
  return (where, callback) => {
    const { onread, attach } = tapped()
    const socket = dial(onread, where, (...result) => {
      dialling.delete(socket)
      callback(...result)
    })
    dialling.add(socket)
    if (socket instanceof Socket) attach(socket)
  }
}

// undici's own connector asks whether the host is an IP address, and the expression for that takes 3 ms to compile. A
// local socket answers or refuses at once: no time limit.
function dialSocket(path: string, onread: OnReadOpts, callback: buildConnector.Callback): Socket {
  const socket = createConnection({ path, onread })
  const failed = (error: Error) => callback(error, null)
  socket.once('error', failed)
  socket.once('connect', () => {
    socket.off('error', failed)
    callback(null, socket)
  })
  return socket
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
