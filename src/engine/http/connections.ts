import { createConnection, type Socket } from 'node:net'
import type { buildConnector, Client } from 'undici'
import { spareFiles } from '../../host/open-files.ts'
import { readRegularFile } from '../../host/read-file.ts'
import type { Address, Pem, TlsFiles } from '../address/address.ts'
import { EngineError } from '../error.ts'
import { Turns } from './turns.ts'

/** Milliseconds to open a connection. */
export const connectTimeout = 10_000

/**
 * Requests that are sent at a time where the response is read at once; more wait in a queue. Streams (attach, wait, logs,
 * events, pulls, archives) are not counted: they last as long as what they carry. A process that may open few files sends fewer.
 */
const shortRequests = 64

/** Connections to that address, none of which is open yet. `closing` also ends those that are being opened. */
export async function openPool(address: Address, closing: AbortSignal): Promise<Pool> {
  const Client = await loadClient()
  const options: Client.Options = {
    connect: await connector(address, closing),
    connectTimeout,
    // Jobs may be silent for days: only the Engine ends wait, logs and events.
    bodyTimeout: 0,
    // Nothing is pipelined, as each client carries one request at a time. With 1, undici waits one more turn of the event
    // loop after each response.
    pipelining: 2,
    allowH2: false,
  }
  return new Pool(() => new Client(origin(address), options))
}

/** undici's client alone, which loads in a third of the time of the whole package; that where the file is not there. */
async function loadClient(): Promise<typeof Client> {
  try {
    return (await import('undici/lib/dispatcher/client.js')).default
  } catch {
    return (await import('undici')).Client
  }
}

/**
 * Connections that carry one request at a time each. undici's own pool learns of a free connection a turn of the event loop
 * later, and opens another one until then.
 */
export class Pool {
  readonly #create: () => Client
  readonly #clients = new Set<Client>()
  /** For short requests. */
  readonly turns = new Turns(Math.max(1, Math.min(shortRequests, Math.floor(spareFiles() / 2))))
  #idle: Client[] = []

  constructor(create: () => Client) {
    this.#create = create
  }

  /** A connection for one request, an open one if there is any; to be given back. */
  take(): Client {
    return this.#idle.pop() ?? this.#add()
  }

  #add(): Client {
    const client = this.#create()
    this.#clients.add(client)
    client.on('disconnect', () => this.#forget(client))
    client.on('connectionError', () => this.#clients.delete(client))
    return client
  }

  // One that is in use opens another connection with the next request.
  #forget(client: Client): void {
    if (!this.#idle.includes(client)) return
    this.#idle = this.#idle.filter(other => other !== client)
    this.#clients.delete(client)
  }

  /** Its request is over, or has become a raw connection. */
  give(client: Client): void {
    if (this.#clients.has(client)) this.#idle.push(client)
    // Its connection could not be opened.
    else void client.destroy()
  }

  /** Requests under way fail with that error. */
  async destroy(error: Error): Promise<void> {
    await Promise.all(Array.from(this.#clients, client => client.destroy(error)))
  }
}

/** Go requires a Host header and ignores it on a unix socket. */
export function hostHeader(address: Address): string {
  return address.kind === 'tcp' ? `${address.hostname}:${address.port}` : 'docker'
}

function origin(address: Address): string {
  return `${address.kind === 'tcp' && address.tls ? 'https' : 'http'}://${hostHeader(address)}`
}

async function connector(
  address: Address,
  closing: AbortSignal,
): Promise<NonNullable<Client.Options['connect']>> {
  if (address.kind === 'ssh') {
    const { dialOverSsh } = await import('../address/ssh.ts')
    return (_, callback) => dialOverSsh(address, callback)
  }
  if (address.kind === 'socket') return (_, callback) => dialSocket(address.path, closing, callback)
  const options = { timeout: connectTimeout, allowH2: false, signal: closing }
  return address.tls ? { ...options, ...(await tlsMaterial(address.tls)) } : options
}

// undici's connector tests whether the host is an IP address with a regular expression that takes 3 ms to compile. A local
// socket accepts or refuses at once, so there is no time limit.
function dialSocket(path: string, signal: AbortSignal, callback: buildConnector.Callback): void {
  const failed = (error: Error) => callback(error, null)
  const socket = opened(path, signal, failed)
  socket?.once('error', failed)
  socket?.once('connect', () => {
    socket.off('error', failed)
    callback(null, socket)
  })
}

/** Deno throws where it was not granted the network. */
function opened(path: string, signal: AbortSignal, failed: (error: Error) => void): Socket | undefined {
  try {
    return createConnection({ path, signal })
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)))
    return undefined
  }
}

/** The certificates as `tls.connect` takes them. */
export async function tlsMaterial({ ca, cert, key, verify = true }: TlsFiles) {
  const [caBytes, certBytes, keyBytes] = await Promise.all([
    pem('ca', ca),
    pem('cert', cert),
    pem('key', key),
  ])
  return {
    rejectUnauthorized: verify,
    ...(caBytes !== undefined && { ca: caBytes }),
    ...(certBytes !== undefined && { cert: certBytes }),
    ...(keyBytes !== undefined && { key: keyBytes }),
  }
}

/** The bytes of a path's file, or the text or the bytes themselves. */
async function pem(kind: string, given: Pem | undefined): Promise<string | Buffer | undefined> {
  if (given instanceof Uint8Array) return Buffer.from(given)
  if (given === undefined || given.includes('-----BEGIN ')) return given
  return readRegularFile(given).catch((error: NodeJS.ErrnoException) => {
    // Base64 has no dots: without one it may be a key's content in place of its path.
    const file = given.includes('.') && !given.includes('\n') ? given : `of tls.${kind}`
    throw new EngineError('tls', `the certificate file ${file} can't be read (${error.code})`, {
      hint: 'Set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem; in TypeScript, tls takes paths or PEM text.',
      cause: new Error(`${error.code}`),
    })
  })
}
