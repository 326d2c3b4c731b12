import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { parseRecording, type Recording } from '../file/recording.ts'
import { type ListeningSocket, listenOnTemporarySocket } from '../file/temporary-socket.ts'
import type { Matching } from '../match/match.ts'
import { link } from '../order/link.ts'
import { notice } from './notice.ts'
import type { Cut, ReplayTiming } from './pace.ts'
import { Player } from './player.ts'

/** How to play a recording. */
export interface ReplayOptions {
  /** Where to listen. Default: a socket of its own, which is gone at the end. */
  socket?: string
  /** `recorded` keeps the pauses. Default `fast`. */
  timing?: ReplayTiming
  /** Default `whole`. */
  cut?: Cut
  /** How requests are compared with the recorded ones. Default: by method, path, query and body. */
  match?: Matching
  /** Compare no bodies, and let what differs be no failure. Default false. */
  loose?: boolean
  /** Takes a line about what the replay has been waiting for for a second. Default: it is written to stderr. */
  notice?: (line: string) => void
}

/** A recording being played. */
export interface Replay extends AsyncDisposable {
  /** Where clients connect, as `DOCKER_HOST` wants it. */
  readonly host: string
  /** Requests that came and are not in the recording, or not any more. Each was answered with 501. */
  readonly unexpected: readonly string[]
  /** Recorded requests that have not come. */
  readonly missing: readonly string[]
  /** What was not as it had been recorded, a sentence each: what is unexpected, missing, out of order, or still waits. */
  readonly problems: readonly string[]
  /**
   * Resolves when all was as it had been recorded.
   *
   * @throws {ReplayError} otherwise, unless `loose`.
   */
  verify(): Promise<void>
  /** Closes all connections. */
  close(): Promise<void>
  /** Closes all connections, and verifies. */
  [Symbol.asyncDispose](): Promise<void>
}

/** A replay was not as it had been recorded. */
export class ReplayError extends Error {
  /** Always `ReplayError`. */
  override readonly name = 'ReplayError'
  /** Each difference, as a line. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['The replay is not as it was recorded:', ...problems.map(problem => `  ${problem}`)].join('\n'))
    this.problems = problems
  }
}

/**
 * Plays the Engine's side of a recording on a unix socket, for any client. A request is known by its method, path, query
 * and body; ids and times may differ. Each is answered once, after what caused the answer; `/_ping` as often as it is asked.
 *
 * @param from the recording, or the file that has it.
 *
 * @example
 * ```ts
 * import { replay } from 'holdfast/replay'
 *
 * await using engine = await replay('test/fixtures/batch.ndjson')
 * await run({ engine: engine.host, image: 'batch:1.4' })
 * ```
 */
export async function replay(from: Recording | string, options: ReplayOptions = {}): Promise<Replay> {
  const recording = typeof from === 'string' ? parseRecording(readFileSync(from, 'utf8')) : from
  const { loose = false, timing = 'fast', cut = 'whole', match } = options
  // Recordings of version 1 have stars in their bodies, as long as what they cover.
  const matching = { body: !loose && recording.head.recording !== 1, ...match }
  const player = new Player(link(recording), { timing, cut, matching, notice: options.notice ?? notice })
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    player.serve(socket)
  })
  const { path, remove } =
    options.socket === undefined
      ? await listenOnTemporarySocket(server, 'replay')
      : await listenOn(server, options.socket)
  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    player.end()
    for (const socket of sockets) socket.destroy()
    await closed
    // Node's sockets and their server stay until V8's next full collection: the recording must not stay with them.
    server.removeAllListeners()
    remove()
  }
  return new Listening(`unix://${path}`, player, loose, stop)
}

async function listenOn(server: Server, path: string): Promise<ListeningSocket> {
  server.listen(path)
  await once(server, 'listening')
  return { path, remove: () => undefined }
}

// A class: V8 keeps all that an object with getters of its own can see until its next full collection.
class Listening implements Replay {
  readonly host: string
  readonly #player: Player
  readonly #loose: boolean
  readonly #stop: () => Promise<void>
  #closing: Promise<void> | undefined
  /** What still waited when it was closed. */
  #waiting: readonly string[] | undefined

  constructor(host: string, player: Player, loose: boolean, stop: () => Promise<void>) {
    this.host = host
    this.#player = player
    this.#loose = loose
    this.#stop = stop
  }

  get unexpected(): readonly string[] {
    return this.#player.unexpected
  }

  get missing(): readonly string[] {
    return this.#player.missing.map(({ exchange }) => exchange.request)
  }

  get problems(): readonly string[] {
    const { problems, waiting, missing } = this.#player
    return [
      ...problems,
      ...(this.#waiting ?? waiting),
      ...missing.map(
        linked => `recorded, and not asked for: ${linked.exchange.request} (line ${linked.line})`,
      ),
    ]
  }

  readonly verify = async () => {
    const { problems } = this
    if (!this.#loose && problems.length > 0) throw new ReplayError(problems)
  }

  readonly close = () => {
    this.#waiting ??= this.#player.waiting
    this.#closing ??= this.#stop()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    await this.verify()
  }
}
