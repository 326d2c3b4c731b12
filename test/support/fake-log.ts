import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'

interface Message {
  type: 1 | 2
  stamp: string
  bytes: Buffer
}

/** The Engine logs an unfinished line in parts of this size. */
const partSize = 16 * 1024

/** A container's log as json-file keeps it: a message for each line, once the line is whole. */
export class FakeLog {
  readonly messages: Message[] = []
  readonly #tty: boolean
  readonly #pending = { 1: Buffer.alloc(0), 2: Buffer.alloc(0) }
  readonly #followers = new Map<ServerResponse, boolean>()
  #clock = 0n
  /** What is yet to be logged: the Engine's writing may be behind. */
  #held: Array<[type: 1 | 2, data: Buffer]> | undefined
  #over = false
  #isOvertaken = false

  constructor(tty: boolean) {
    this.#tty = tty
  }

  /** What is printed from now on is logged once `catchUp` is called. */
  fallBehind(): void {
    this.#held ??= []
  }

  catchUp(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const [type, data] of held) this.print(type, data)
  }

  /** The Engine is killed before it has logged the last messages, and is back in two hours. Gives the time in an hour. */
  lose(messages: number): string {
    this.messages.splice(-messages, messages)
    this.#clock += 3_600_000_000_000n
    const between = this.#stamp()
    this.#clock += 3_600_000_000_000n
    return between
  }

  /** The log is rotated faster than it is read: what it has is gone, and its followers miss what comes. */
  overtake(): void {
    this.messages.length = 0
    this.#isOvertaken = true
  }

  /** The log is rotated: its followers get the last message again, as of Engine 20.10, and miss the next ones. */
  rotate(): void {
    const last = this.messages.at(-1)
    if (last !== undefined) this.#send(last)
    this.#isOvertaken = true
  }

  print(type: 1 | 2, data: Uint8Array): void {
    if (this.#held !== undefined) return void this.#held.push([type, Buffer.from(data)])
    let rest = Buffer.concat([this.#pending[type], data])
    let stamp: string | undefined
    for (;;) {
      const line = rest.indexOf(10) + 1
      const length = line > 0 && line <= partSize ? line : rest.length >= partSize ? partSize : 0
      if (length === 0) break
      // The parts of a line share one timestamp.
      stamp ??= this.#stamp()
      this.#add({ type, stamp, bytes: rest.subarray(0, length) })
      if (length === line) stamp = undefined
      rest = rest.subarray(length)
    }
    this.#pending[type] = Buffer.from(rest)
  }

  /** The process has ended: what has no end of line is logged, too. */
  end(): void {
    for (const type of [1, 2] as const) {
      const bytes = this.#pending[type]
      if (bytes.length > 0) this.#add({ type, stamp: this.#stamp(), bytes })
    }
    this.#over = true
    for (const response of this.#followers.keys()) response.end()
  }

  /** Breaks off every client that reads it. */
  drop(): void {
    for (const response of this.#followers.keys()) response.destroy()
  }

  serve(response: ServerResponse, query: URLSearchParams): void {
    const tail = query.get('tail')
    const stamped = query.get('timestamps') === 'true'
    const follow = query.get('follow') === 'true' && !this.#over
    response.flushHeaders()
    const from = tail === null ? 0 : Math.max(0, this.messages.length - Number(tail))
    const since = query.get('since') ?? ''
    const wanted = ({ type, stamp }: Message) =>
      unixTime(stamp) >= since && query.get(type === 1 ? 'stdout' : 'stderr') !== 'false'
    for (const message of this.messages.slice(from).filter(wanted))
      response.write(this.#framed(message, stamped))
    if (!follow) return void response.end()
    this.#followers.set(response, stamped)
    response.on('close', () => this.#followers.delete(response))
  }

  #stamp(): string {
    this.#clock += 1_000_000n
    const nanoseconds = String(this.#clock % 1_000_000_000n).padStart(9, '0')
    const seconds = new Date(Date.UTC(2026, 10, 23) + Number(this.#clock / 1_000_000_000n) * 1_000)
    return `${seconds.toISOString().slice(0, 19)}.${nanoseconds}Z`
  }

  #add({ type, stamp, bytes }: Message): void {
    const message = { type, stamp, bytes: asJson(bytes) }
    this.messages.push(message)
    if (!this.#isOvertaken) this.#send(message)
  }

  #send(message: Message): void {
    for (const [response, stamped] of this.#followers) response.write(this.#framed(message, stamped))
  }

  #framed({ type, stamp, bytes }: Message, stamped: boolean): Buffer {
    const payload = stamped ? Buffer.concat([Buffer.from(`${stamp} `), bytes]) : bytes
    if (this.#tty) return payload
    const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
    header.writeUInt32BE(payload.length, 4)
    return Buffer.concat([header, payload])
  }
}

/** As Go's encoding/json keeps a text: U+FFFD for each byte that is not part of a character. */
function asJson(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find(length => isUtf8(bytes.subarray(at, at + length)))
    pieces.push(length === undefined ? Buffer.from('\ufffd') : bytes.subarray(at, at + length))
    at += length ?? 1
  }
  return Buffer.concat(pieces)
}

// As text: all stamps here have as many digits.
function unixTime(stamp: string): string {
  return `${Date.parse(`${stamp.slice(0, 19)}Z`) / 1_000}.${stamp.slice(20, 29)}`
}
