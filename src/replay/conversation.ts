import type { Socket } from 'node:net'
import { type Direction, type Draft, Line } from './line.ts'
import { type RecordedEvent, RecordingError } from './recording.ts'

/** How much may be recorded: it is kept in memory until the end. */
const limit = 256 * 1024 * 1024

/** Everything that was said between clients and an Engine. */
export class Conversation {
  readonly #limit: number
  readonly #started = performance.now()
  #drafts: Draft[] = []
  #connections = 0
  #size = 0
  #over = false

  constructor(most = limit) {
    this.#limit = most
  }

  /** Ties a client to the Engine, listening in. */
  join(client: Socket, engine: Socket): void {
    const conn = ++this.#connections
    const line = new Line({
      note: (direction, tell) => this.#note(conn, direction, tell),
      add: (draft, bytes) => this.#add(draft, bytes),
    })
    let first: 'engine' | 'client' | undefined
    let closed = false
    const closing = (by: 'engine' | 'client', reset = false) => {
      if (closed) return
      closed = true
      line.cut()
      first ??= by
      this.#note(conn, 'received', () => ({ closed: first, ...(reset && { reset }) }))
    }
    // A client that has closed its half may still be listening.
    const clientEnd = () => {
      if (line.raw) line.sentEnd()
      else first ??= 'client'
    }
    // Carried on, a failure of one side looks like the other's leaving.
    client.once('error', () => closing('client'))
    engine.once('error', ({ code }: NodeJS.ErrnoException) => closing('engine', code === 'ECONNRESET'))
    carry(client, engine, bytes => line.sent(bytes), clientEnd)
    carry(
      engine,
      client,
      bytes => line.received(bytes),
      () => closing('engine'),
    )
    client.once('close', () => closing('client'))
    engine.once('close', () => closing('engine'))
  }

  #note(conn: number, direction: Direction, tell: Draft['tell']): Draft {
    const at = Math.round(performance.now() - this.#started)
    const draft = { conn, at, direction, pieces: [], tell }
    if (!this.#over) this.#drafts.push(draft)
    return draft
  }

  #add(draft: Draft, bytes: Buffer): void {
    if (this.#over) return
    this.#size += bytes.length
    if (this.#size <= this.#limit) draft.pieces.push(Buffer.from(bytes))
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
    if (this.#size > this.#limit) {
      throw new RecordingError(
        `more than ${this.#limit / 1024 / 1024} MiB was said, which is too much to record`,
      )
    }
    return this.#drafts.map(
      ({ conn, at, pieces, tell }) => ({ conn, at, ...tell(Buffer.concat(pieces)) }) as RecordedEvent,
    )
  }
}

function carry(from: Socket, to: Socket, listen: (bytes: Buffer) => void, ended: () => void): void {
  from.on('data', bytes => {
    listen(bytes)
    if (!to.write(bytes)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => {
    ended()
    to.end()
  })
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroySoon())
}
