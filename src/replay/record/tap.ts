import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
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

/** Puts a unix socket in front of an Engine. What goes over it becomes part of the conversation. */
export async function tap(engine: string, conversation: Conversation): Promise<Tap> {
  const dial = dialer(engine)
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, client => {
    const engine = dial()
    for (const socket of [client, engine]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    conversation.join(client, engine)
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

/** @throws {RecordingError} where no Engine accepts a connection: a client would only see a connection that broke off. */
export async function checkReachable(engine: string): Promise<void> {
  const socket = dialer(engine)()
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

function dialer(engine: string): () => Socket {
  if (engine.startsWith('unix:///'))
    return () => createConnection({ path: engine.slice(7), allowHalfOpen: true })
  const url = URL.parse(engine)
  if (url === null || url.protocol !== 'tcp:' || url.hostname === '') {
    throw new RecordingError(
      `${JSON.stringify(engine)} can't be recorded: only unix:///… and tcp://… without TLS can`,
    )
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return () => createConnection({ host, port: Number(url.port || 2375), allowHalfOpen: true })
}

async function close(server: Server, sockets: Set<Socket>, listening: ListeningSocket): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
  await Promise.all([...sockets].map(socket => once(socket, 'close')))
  listening.remove()
}
