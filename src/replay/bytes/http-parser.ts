/** A piece of an HTTP message, as it is completed. */
export type HttpPart =
  | { part: 'head'; startLine: string; headers: Header[]; framed: Framing['by'] }
  /** Bytes of a body; of a chunked one always one whole chunk. */
  | { part: 'body'; bytes: Buffer }
  | { part: 'end' }

export type Header = [name: string, value: string]

/** How a body's end is found. */
type Framing = { by: 'length'; left: number } | { by: 'chunks' } | { by: 'close' } | { by: 'none' }

const requestLine = /^[!-~]+ \S+ HTTP\/1\.[01]$/
const statusLine = /^HTTP\/1\.[01] [1-9]\d\d( |$)/
// They show a client that speaks TLS or another protocol before a head is complete.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\0-\x08\x0b\x0c\x0e-\x1f]/
const headEnd = Buffer.from('\r\n\r\n')
const headLimit = 256 * 1024
const lineLimit = 4096
const chunkLimit = 4 * 1024 * 1024

/** What stands on the wire is not HTTP, or more of it than we take. */
export class HttpSyntaxError extends Error {
  override readonly name = 'HttpSyntaxError'
}

/**
 * Reads the HTTP/1.1 messages of one direction of a connection, fed byte by byte if need be. It keeps the boundaries of
 * chunks, which HTTP libraries hide, and names a message that was cut short.
 */
export class HttpParser {
  readonly #bodyOf: (startLine: string, headers: Header[]) => Framing
  readonly #startLine: RegExp
  #buffer: Buffer = Buffer.alloc(0)
  #state: 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'raw' = 'head'
  #framing: Framing = { by: 'none' }
  #chunk = 0

  /** @param direction of an answer, `bodiless` says before its head whether it answers a HEAD. */
  constructor(direction: 'request' | 'answer', bodiless: () => boolean = () => false) {
    this.#bodyOf =
      direction === 'request' ? requestFraming : (line, headers) => answerFraming(line, headers, bodiless())
    this.#startLine = direction === 'request' ? requestLine : statusLine
  }

  /** True inside a message: an end of the connection now cuts it short. A body that ends with the connection is none. */
  get midway(): boolean {
    if (this.#state === 'head') return this.#buffer.length > 0
    return this.#state !== 'raw' && this.#framing.by !== 'close'
  }

  /** The chunk that is arriving: what its size line declared, and what has come of it. */
  get partialChunk(): { length: number; bytes: Buffer } | undefined {
    return this.#state === 'chunk' ? { length: this.#chunk, bytes: this.#buffer } : undefined
  }

  /** From here on the connection is no longer HTTP: gives back what has been read too far, or was not understood. */
  detach(): Buffer {
    this.#state = 'raw'
    const rest = this.#buffer
    this.#buffer = Buffer.alloc(0)
    return rest
  }

  *push(bytes: Buffer): Generator<HttpPart, void, undefined> {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes])
    for (;;) {
      const part = this.#tryStep()
      if (part === 'starving') return
      if (part !== undefined) yield part
    }
  }

  #tryStep(): HttpPart | 'starving' | undefined {
    const before = this.#buffer
    try {
      return this.#step()
    } catch (error) {
      this.#buffer = before
      throw error
    }
  }

  #step(): HttpPart | 'starving' | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead()
      case 'body':
        return this.#readBody()
      case 'chunk-size':
        return this.#readChunkSize()
      case 'chunk':
        return this.#readChunk()
      case 'chunk-end':
        return this.#readLine(line => {
          if (line !== '') throw new HttpSyntaxError('a chunk that is longer than its size')
          return this.#enter('chunk-size')
        })
      case 'trailer':
        return this.#readLine(line => (line === '' ? this.#finish() : undefined))
      case 'raw':
        return 'starving'
    }
  }

  #enter(state: 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer'): undefined {
    this.#state = state
  }

  #finish(): HttpPart {
    this.#state = 'head'
    return { part: 'end' }
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    return taken
  }

  #readHead(): HttpPart | 'starving' {
    const end = this.#buffer.indexOf(headEnd)
    if ((end === -1 ? this.#buffer.length - 3 : end) > headLimit) {
      throw new HttpSyntaxError('a head of more than 256 KiB')
    }
    const head = this.#buffer.toString('latin1', 0, end === -1 ? this.#buffer.length : end)
    if (control.test(head)) throw new HttpSyntaxError('control characters in a head')
    if (end === -1) return 'starving'
    this.#take(end + 4)
    const [startLine = '', ...lines] = head.split('\r\n')
    if (!this.#startLine.test(startLine)) throw new HttpSyntaxError('a first line that is not of HTTP/1')
    const headers = lines.map(parseHeader)
    this.#framing = this.#bodyOf(startLine, headers)
    this.#enter(this.#framing.by === 'chunks' ? 'chunk-size' : 'body')
    return { part: 'head', startLine, headers, framed: this.#framing.by }
  }

  #readBody(): HttpPart | 'starving' {
    const framing = this.#framing
    if (framing.by === 'none' || (framing.by === 'length' && framing.left === 0)) return this.#finish()
    if (this.#buffer.length === 0) return 'starving'
    const bytes = this.#take(framing.by === 'length' ? framing.left : this.#buffer.length)
    if (framing.by === 'length') framing.left -= bytes.length
    return { part: 'body', bytes }
  }

  #readLine<T>(then: (line: string) => T): T | 'starving' {
    const end = this.#buffer.indexOf('\r\n')
    if ((end === -1 ? this.#buffer.length - 1 : end) > lineLimit) {
      throw new HttpSyntaxError('a line of more than 4 KiB between chunks')
    }
    if (end === -1) return 'starving'
    const line = this.#take(end).toString('latin1')
    this.#take(2)
    return then(line)
  }

  #readChunkSize(): 'starving' | undefined {
    return this.#readLine(line => {
      const [size = ''] = line.split(';')
      if (!/^[0-9a-f]{1,8}$/i.test(size.trim())) throw new HttpSyntaxError('a chunk without a size')
      this.#chunk = Number.parseInt(size, 16)
      if (this.#chunk > chunkLimit) throw new HttpSyntaxError('a chunk of more than 4 MiB')
      return this.#enter(this.#chunk === 0 ? 'trailer' : 'chunk')
    })
  }

  #readChunk(): HttpPart | 'starving' {
    if (this.#buffer.length < this.#chunk) return 'starving'
    this.#enter('chunk-end')
    return { part: 'body', bytes: this.#take(this.#chunk) }
  }
}

function parseHeader(line: string): Header {
  const colon = line.indexOf(':')
  if (colon < 1) throw new HttpSyntaxError('a header without a name')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

/** @param name in lower case. */
export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find(([own]) => own.length === name.length && own.toLowerCase() === name)?.[1]
}

function requestFraming(_: string, headers: Header[]): Framing {
  return declaredFraming(headers) ?? { by: 'none' }
}

function answerFraming(startLine: string, headers: Header[], bodiless: boolean): Framing {
  const status = Number(startLine.split(' ')[1])
  if (bodiless || status < 200 || status === 204 || status === 304) return { by: 'none' }
  return declaredFraming(headers) ?? { by: 'close' }
}

function declaredFraming(headers: Header[]): Framing | undefined {
  if (/\bchunked\b/i.test(headerOf(headers, 'transfer-encoding') ?? '')) return { by: 'chunks' }
  const length = headerOf(headers, 'content-length')
  if (length === undefined) return undefined
  if (!/^\d{1,15}$/.test(length)) throw new HttpSyntaxError('a Content-Length that is not a number')
  return { by: 'length', left: Number(length) }
}
