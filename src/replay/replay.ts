import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exchangesOf } from './match.ts'
import type { Cut, ReplayTiming } from './pace.ts'
import { Player } from './player.ts'
import { parseRecording, type Recording } from './recording.ts'

/** How to play a recording. */
export interface ReplayOptions {
  /** Where to listen. Default: a socket of its own, which is gone at the end. */
  socket?: string
  /** `recorded` keeps the pauses. Default `fast`. */
  timing?: ReplayTiming
  /** Default `whole`. */
  cut?: Cut
}

/** A recording being played. */
export interface Replay extends AsyncDisposable {
  /** Where clients connect, as `DOCKER_HOST` wants it. */
  readonly host: string
  /** Requests that came and are not in the recording, or not any more. Each was answered with 501. */
  readonly unexpected: readonly string[]
  /** Recorded requests that have not come. */
  readonly missing: readonly string[]
  /** Closes all connections. */
  close(): Promise<void>
}

/**
 * Plays the Engine's side of a recording on a unix socket, for any client. A request is known by its method, path and
 * query; ids and times may differ. Each is answered once, in the recorded order; `/_ping` as often as it is asked.
 *
 * @param from the recording, or the file that has it.
 */
export async function replay(from: Recording | string, options: ReplayOptions = {}): Promise<Replay> {
  const recording = typeof from === 'string' ? parseRecording(await readFile(from, 'utf8')) : from
  const exchanges = exchangesOf(recording.events)
  const folder = options.socket === undefined ? await mkdtemp(join(tmpdir(), 'holdfast-replay-')) : undefined
  const path = options.socket ?? join(folder ?? '', 'docker.sock')
  const player = new Player(recording.events, exchanges, options)
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    player.serve(socket)
  })
  server.listen(path)
  await once(server, 'listening')
  let closing: Promise<void> | undefined
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    player.end()
    for (const socket of sockets) socket.destroy()
    await closed
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
  const closeOnce = () => {
    closing ??= close()
    return closing
  }
  return {
    host: `unix://${path}`,
    unexpected: player.unexpected,
    get missing() {
      return exchanges.filter(({ played }) => !played).map(({ request }) => request)
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}
