import { once } from 'node:events'
import { createConnection, createServer, type NetConnectOpts, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { RecordingError } from '../file/recording.ts'
import { type ListeningSocket, listenOnTemporarySocket } from '../file/temporary-socket.ts'
import type { Conversation } from './conversation.ts'

/** A unix socket in front of an Engine. */
interface Tap {
  /** Where clients connect, as `DOCKER_HOST` wants it. */
  readonly host: string
  /** Ends the conversation and all connections. */
  close(): Promise<void>
}

/** Opens a connection to an Engine, of which either half can be closed alone. */
export type Dial = () => Promise<Duplex>

/** Puts a unix socket in front of an Engine. What goes over it becomes part of the conversation. */
export async function tap(engine: string | Dial, conversation: Conversation): Promise<Tap> {
  const dial = dialer(engine)
  const sockets = new Set<Duplex>()
  const add = (socket: Duplex) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  const server = createServer({ allowHalfOpen: true }, client => {
    add(client)
    client.on('error', () => undefined)
    dial().then(
      engine => {
        add(engine)
        if (client.destroyed) engine.destroy()
        else conversation.join(client, engine)
      },
      () => client.destroy(),
    )
  })
  const listening = await listenOnTemporarySocket(server, 'record')
  let closed: Promise<void> | undefined
  return {
    host: `unix://${listening.path}`,
    close: () => {
      conversation.end()
      closed ??= close(server, sockets, listening)
      return closed
    },
  }
}

/** Milliseconds that an Engine has to accept a connection. */
const connectTimeout = 10_000

/**
 * @throws {RecordingError} where no Engine accepts a connection: a client would only see a connection that broke off. A
 * function that opens one throws its own.
 */
export async function checkReachable(engine: string | Dial): Promise<void> {
  if (typeof engine === 'function') {
    const socket = await engine()
    socket.on('error', () => undefined).destroy()
    return
  }
  const socket = createConnection(targetOf(engine))
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeout) })
  } catch (cause) {
    const { code, name } = cause as NodeJS.ErrnoException
    const why = name === 'AbortError' ? 'ETIMEDOUT' : code
    throw new RecordingError(`nothing can be recorded: the Engine at ${engine} can't be reached (${why})`, {
      cause,
    })
  } finally {
    socket.on('error', () => undefined).destroy()
  }
}

function dialer(engine: string | Dial): Dial {
  if (typeof engine === 'function') return engine
  const target = targetOf(engine)
  return async () => createConnection({ ...target, allowHalfOpen: true })
}

function targetOf(engine: string): NetConnectOpts {
  if (engine.startsWith('unix:///')) return { path: engine.slice(7) }
  const url = URL.parse(engine)
  if (url === null || url.protocol !== 'tcp:' || url.hostname === '') {
    throw new RecordingError(
      `${JSON.stringify(engine)} can't be recorded: only unix:///… and tcp://… without TLS can`,
    )
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 2375) }
}

async function close(
  server: Server,
  sockets: ReadonlySet<Duplex>,
  listening: ListeningSocket,
): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
  await Promise.all([...sockets].map(socket => once(socket, 'close')))
  listening.remove()
}
