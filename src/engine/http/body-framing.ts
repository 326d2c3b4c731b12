import { protocolError } from './connection-error.ts'
import type { ResponseHead } from './response-head.ts'

/** Longest size line or trailer of a chunked body, in characters. */
const lineLimit = 4096

/** Finds a response's body in its connection's bytes, cut anywhere: by chunks, by its length, or up to the end. */
export class BodyFraming {
  readonly #chunked: boolean
  /** Bytes left of the body or of the chunk; Infinity up to the end of the connection. */
  #left: number
  #expected: 'size' | 'end of chunk' | 'trailer' = 'size'
  #line = ''
  /** Whether the body is complete. */
  done: boolean

  constructor({ status, headers }: ResponseHead) {
    const { 'transfer-encoding': encoding, 'content-length': length } = headers
    this.#chunked = encoding !== undefined
    if (this.#chunked) this.#left = 0
    else this.#left = length === undefined ? Number.POSITIVE_INFINITY : parseLength(String(length))
    this.done = status === 204 || status === 304 || (!this.#chunked && this.#left === 0)
  }

  /** Whether the body is complete if the connection ends here. */
  get mayEnd(): boolean {
    return this.done || this.#left === Number.POSITIVE_INFINITY
  }

  /** The pieces of the body in `bytes`. Throws where the chunks are broken, after the pieces before that. */
  *decode(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let at = 0; at < bytes.length && !this.done; ) {
      if (this.#left === 0) {
        at = this.#readLine(bytes, at)
        continue
      }
      const piece = bytes.subarray(at, at + this.#left)
      at += piece.length
      this.#left -= piece.length
      this.done = this.#left === 0 && !this.#chunked
      yield piece
    }
  }

  /** Reads a line, or the part of it that has arrived; gives where what follows starts. */
  #readLine(bytes: Uint8Array, from: number): number {
    const newline = bytes.indexOf(10, from)
    const to = newline < 0 ? bytes.length : newline + 1
    this.#line += Buffer.from(bytes.subarray(from, to)).toString('latin1')
    if (this.#line.length > lineLimit) throw protocolError()
    if (newline >= 0) {
      this.#take(this.#line.trimEnd())
      this.#line = ''
    }
    return to
  }

  #take(line: string): void {
    if (this.#expected === 'trailer') this.done = line === ''
    else if (this.#expected === 'size') {
      const size = /^[\da-f]{1,8}(?=$|[ ;])/i.exec(line)?.[0]
      if (size === undefined) throw protocolError()
      this.#left = Number.parseInt(size, 16)
      this.#expected = this.#left === 0 ? 'trailer' : 'end of chunk'
    } else {
      if (line !== '') throw protocolError()
      this.#expected = 'size'
    }
  }
}

function parseLength(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw protocolError()
}
