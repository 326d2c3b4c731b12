import type { Socket } from 'node:net'
import { type RecordedEvent, RecordingError } from '../file/recording.ts'
import { refusal } from './authentication.ts'
import { type Draft, Line } from './line.ts'

/** How much may be recorded: it is kept in memory until the end. */
const most = 256 * 1024 * 1024

/** Bytes that a conversation keeps. */
export interface Limits {
  /** Of all that is said: of more, nothing is kept. Default 256 MiB. */
  all?: number
  /** Of raw streams, as an attached output: more is left out. Default: all. */
  raw?: number
  /** Pass a login to a registry on to the Engine. Default false: the client is refused. */
  allowAuth?: boolean
}

/** Everything that was said between clients and an Engine. */
export class Conversation {
  readonly #limits: Required<Limits>
  readonly #started = performance.now()
  #drafts: Draft[] = []
  #connections = 0
  #size = 0
  #rawSize = 0
  #over = false

  constructor({ all = most, raw = Number.POSITIVE_INFINITY, allowAuth = false }: Limits = {}) {
    this.#limits = { all, raw, allowAuth }
  }

  /** Ties a client to the Engine, listening in. */
  join(client: Socket, engine: Socket): void {
    const conn = ++this.#connections
    const line = new Line({
      allowAuth: this.#limits.allowAuth,
      note: tell => this.#note(conn, tell),
      add: (draft, bytes) => this.#add(draft, bytes),
      raw: (tell, bytes) => {
        this.#rawSize += bytes.length
        if (this.#rawSize <= this.#limits.raw) this.#add(this.#note(conn, tell), bytes)
      },
    })
    let first: 'engine' | 'client' | undefined
    let closed = false
    const closing = (by: 'engine' | 'client', reset = false) => {
      if (closed) return
      closed = true
      line.cut()
      first ??= by
      this.#note(conn, () => ({ closed: first, ...(reset && { reset }) }))
    }
    // A client that has closed its half may still be listening.
    const clientEnd = () => {
      if (line.raw) line.sentEnd()
      else first ??= 'client'
    }
    // Carried on, a failure of one side looks like the other's leaving.
    client.once('error', () => closing('client'))
    engine.once('error', ({ code }: NodeJS.ErrnoException) => closing('engine', code === 'ECONNRESET'))
    const forward = (bytes: Buffer) => {
      line.sent(bytes)
      if (!line.refused) return true
      engine.destroy()
      client.end(refusal)
      return false
    }
    carry(client, engine, forward, clientEnd)
    carry(
      engine,
      client,
      bytes => {
        line.received(bytes)
        return true
      },
      () => closing('engine'),
    )
    client.once('close', () => closing('client'))
    engine.once('close', () => closing('engine'))
  }

  #note(conn: number, tell: Draft['tell']): Draft {
    const at = Math.round(performance.now() - this.#started)
    const draft = { conn, at, pieces: [], tell }
    if (!this.#over) this.#drafts.push(draft)
    return draft
  }

  #add(draft: Draft, bytes: Buffer): void {
    if (this.#over) return
    this.#size += bytes.length
    if (this.#size <= this.#limits.all) draft.pieces.push(Buffer.from(bytes))
    else this.#forget()
  }

  // Nothing of it will be written.
  #forget(): void {
    this.#over = true
    this.#drafts = []
  }

  /** What comes now is no longer part of it. */
  end(): void {
    this.#over = true
  }

  /** All events so far, with all secrets that were said. */
  events(): RecordedEvent[] {
    if (this.#size > this.#limits.all) {
      throw new RecordingError(
        `more than ${this.#limits.all / 1024 / 1024} MiB was said, which is too much to record`,
      )
    }
    return this.#drafts.map(
      ({ conn, at, pieces, tell }) => ({ conn, at, ...tell(Buffer.concat(pieces)) }) as RecordedEvent,
    )
  }
}

/** `listen` is false where the bytes are not to be passed on. */
function carry(from: Socket, to: Socket, listen: (bytes: Buffer) => boolean, ended: () => void): void {
  from.on('data', bytes => {
    if (listen(bytes) && !to.write(bytes)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => {
    ended()
    to.end()
  })
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroySoon())
}
