import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose, type Rewriting } from './compose.ts'
import { Conversation } from './conversation.ts'
import { formatRecording, type Recording, RecordingError } from './recording.ts'
import { Secrets } from './secrets.ts'

/** What to record, and what to leave out. */
export interface RecordOptions extends Rewriting {
  /** The Engine: `unix:///run/docker.sock` or `tcp://host:2375`. */
  engine: string
  /** Secrets to take out beside those that the wire shows to be some. */
  secrets?: readonly string[]
}

/** A recording under way. */
export interface Recorder extends AsyncDisposable {
  /** Where clients connect, as `DOCKER_HOST` wants it. */
  readonly host: string
  /** Ends the recording and all connections, and gives what was said. */
  finish(): Promise<Recording>
  /** Ends the recording and writes it to a file. */
  save(file: string): Promise<void>
}

/**
 * Puts a unix socket before an Engine and writes down what clients say over it, and what the Engine answers. Nothing is
 * written before the end: a secret is taken out everywhere, also where it was said before it was known to be one.
 */
export async function record(options: RecordOptions): Promise<Recorder> {
  const dial = dialer(options.engine)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-record-'))
  const conversation = new Conversation(new Secrets(options.secrets))
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, client => {
    const engine = dial()
    for (const socket of [client, engine]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    conversation.join(client, engine)
  })
  const path = join(folder, 'docker.sock')
  server.listen(path)
  await once(server, 'listening')
  let closed: Promise<void> | undefined
  const end = () => {
    conversation.end()
    closed ??= close(server, sockets, folder)
    return closed
  }
  let finished: Promise<Recording> | undefined
  const finish = () => {
    finished ??= end().then(() => compose(conversation.events(), options))
    return finished
  }
  return {
    host: `unix://${path}`,
    finish,
    save: async file => writeFile(file, formatRecording(await finish())),
    [Symbol.asyncDispose]: end,
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

async function close(server: Server, sockets: Set<Socket>, folder: string): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
  await Promise.all([...sockets].map(socket => once(socket, 'close')))
  await rm(folder, { recursive: true, force: true })
}
