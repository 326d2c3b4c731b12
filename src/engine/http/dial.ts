import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Address } from '../address/address.ts'
import { timedOut } from './connection-error.ts'
import { connectTimeout, tlsMaterial } from './connections.ts'

/**
 * Opens a connection to that address, of which either half can be closed alone. It carries none of our requests: undici and
 * hijack.ts open those that do.
 */
export async function dial(address: Address, closing: AbortSignal): Promise<Duplex> {
  if (address.kind === 'ssh') return dialSsh(address)
  if (address.kind === 'socket')
    return opened(createConnection({ path: address.path, allowHalfOpen: true }), 'connect', closing)
  const target = { host: address.hostname, port: address.port, allowHalfOpen: true }
  if (address.tls === undefined) return opened(createConnection(target), 'connect', closing)
  const { connect } = await import('node:tls')
  return opened(connect({ ...target, ...(await tlsMaterial(address.tls)) }), 'secureConnect', closing)
}

async function dialSsh(address: Extract<Address, { kind: 'ssh' }>): Promise<Duplex> {
  const { dialOverSsh } = await import('../address/ssh.ts')
  return new Promise((resolve, reject) =>
    dialOverSsh(address, (error: Error | null, socket: Duplex) => (error ? reject(error) : resolve(socket))),
  )
}

async function opened(socket: Socket, event: string, closing: AbortSignal): Promise<Socket> {
  const late = AbortSignal.timeout(connectTimeout)
  try {
    await once(socket, event, { signal: AbortSignal.any([closing, late]) })
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw late.aborted ? timedOut('connect') : error
  }
}
