import type { Duplex } from 'node:stream'
import { type RecordedEvent, RecordingError } from '../file/recording.ts'
import { refusal } from './authentication.ts'
import { type Draft, RecordedConnection } from './connection.ts'

/** Bytes that may be recorded: they are kept in memory until the end. */
const defaultLimit = 256 * 1024 * 1024

/** What a conversation keeps and passes on. */
interface ConversationOptions {
  /** Bytes of all messages that are kept: of more, nothing is recorded. Default 256 MiB. */
  all?: number
  /** Bytes of raw streams, as an attached output, that are kept: more is left out. Default: all. */
  raw?: number
  /** Pass a login to a registry on to the Engine. Default false: the client is refused. */
  allowAuth?: boolean
}

/** Records everything that clients and an Engine send each other. */
export class Conversation {
  readonly #options: Required<ConversationOptions>
  readonly #started = performance.now()
  #drafts: Draft[] = []
  #connections = 0
  #size = 0
  #rawSize = 0
  #ended = false

  constructor({
    all = defaultLimit,
    raw = Number.POSITIVE_INFINITY,
    allowAuth = false,
  }: ConversationOptions = {}) {
    this.#options = { all, raw, allowAuth }
  }

  /** Connects a client to the Engine, and records what goes over the connection. */
  join(client: Duplex, engine: Duplex): void {
    const conn = ++this.#connections
    const connection = new RecordedConnection({
      allowAuth: this.#options.allowAuth,
      begin: toEvent => this.#begin(conn, toEvent),
      append: (draft, bytes) => this.#append(draft, bytes),
      raw: (toEvent, bytes) => {
        this.#rawSize += bytes.length
        if (this.#rawSize <= this.#options.raw) this.#append(this.#begin(conn, toEvent), bytes)
      },
    })
    let first: 'engine' | 'client' | undefined
    let closed = false
    const closing = (by: 'engine' | 'client', reset = false) => {
      if (closed) return
      closed = true
      connection.cut()
      first ??= by
      this.#begin(conn, () => ({ closed: first, ...(reset && { reset }) }))
    }
    // A client that has closed its half may still be listening.
    const clientEnd = () => {
      if (connection.isRaw) connection.sentEnd()
      else first ??= 'client'
    }
    // Registered before the pipes, which pass a failure of one side on as an end of the other.
    client.once('error', () => closing('client'))
    engine.once('error', ({ code }: NodeJS.ErrnoException) => closing('engine', code === 'ECONNRESET'))
    const forward = (bytes: Buffer) => {
      connection.sent(bytes)
      if (!connection.isRefused) return true
      engine.destroy()
      client.end(refusal)
      return false
    }
    pipe(client, engine, forward, clientEnd)
    pipe(
      engine,
      client,
      bytes => {
        connection.received(bytes)
        return true
      },
      () => closing('engine'),
    )
    client.once('close', () => closing('client'))
    engine.once('close', () => closing('engine'))
  }

  #begin(conn: number, toEvent: Draft['toEvent']): Draft {
    const at = Math.round(performance.now() - this.#started)
    const draft = { conn, at, pieces: [], toEvent }
    if (!this.#ended) this.#drafts.push(draft)
    return draft
  }

  #append(draft: Draft, bytes: Buffer): void {
    if (this.#ended) return
    this.#size += bytes.length
    if (this.#size <= this.#options.all) draft.pieces.push(Buffer.from(bytes))
    else this.#forget()
  }

  // More than the limit is not written at all.
  #forget(): void {
    this.#ended = true
    this.#drafts = []
  }

  /** Ends the recording. Later messages are not recorded. */
  end(): void {
    this.#ended = true
  }

  /** All events so far, with the secrets still in them. */
  events(): RecordedEvent[] {
    if (this.#size > this.#options.all) {
      throw new RecordingError(
        `more than ${this.#options.all / 1024 / 1024} MiB was said, which is too much to record`,
      )
    }
    return this.#drafts.map(
      ({ conn, at, pieces, toEvent }) => ({ conn, at, ...toEvent(Buffer.concat(pieces)) }) as RecordedEvent,
    )
  }
}

/** Pipes one socket to the other, with back-pressure; `listen` returns false for bytes that are not to be passed on. */
function pipe(from: Duplex, to: Duplex, listen: (bytes: Buffer) => boolean, ended: () => void): void {
  from.on('data', bytes => {
    if (listen(bytes) && !to.write(bytes)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => {
    ended()
    to.end()
  })
  from.on('error', () => to.destroy())
  // What was carried over is written before.
  from.on('close', () => to.end(() => to.destroy()))
}
