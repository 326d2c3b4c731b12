import type { Socket } from 'node:net'

/** A request as it came. */
export interface RawRequest {
  method: string
  /** With the query. */
  path: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** All of it, as it was sent. */
  text: string
}

/** Takes a connection's requests off its bytes. */
export class RequestReader {
  #bytes = Buffer.alloc(0)
  #over = false
  #changed = Promise.withResolvers<void>()

  constructor(socket: Socket) {
    socket.on('readable', () => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read())
        this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#over = true
        this.#wake()
      })
    }
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** The next request, without its body; undefined when the client has left. */
  async head(): Promise<RawRequest | undefined> {
    const text = await this.#take(() => lengthThrough(this.#bytes, '\r\n\r\n'))
    if (text === undefined) return undefined
    const [start = '', ...lines] = text.trimEnd().split('\r\n')
    const [method = '', path = ''] = start.split(' ')
    return { method, path, headers: Object.fromEntries(lines.map(split)), body: '', text }
  }

  /** The same request with its body, which stays empty when the client leaves amid it. */
  async withBody(request: RawRequest): Promise<RawRequest> {
    const { 'transfer-encoding': encoding, 'content-length': length = 0 } = request.headers
    const end = () => (encoding === 'chunked' ? lengthThrough(this.#bytes, '0\r\n\r\n') : Number(length))
    const body = (await this.#take(end)) ?? ''
    return { ...request, body, text: request.text + body }
  }

  /** All that came, once it holds `text`. */
  async until(text: string): Promise<string> {
    return (await this.#take(() => lengthThrough(this.#bytes, text))) ?? ''
  }

  /** All that comes until the client's half-close. */
  async rest(): Promise<string> {
    await this.#take(() => undefined)
    return this.#bytes.toString()
  }

  async #take(length: () => number | undefined): Promise<string | undefined> {
    for (;;) {
      const wanted = length()
      if (wanted !== undefined && wanted <= this.#bytes.length) {
        const taken = this.#bytes.subarray(0, wanted)
        this.#bytes = this.#bytes.subarray(wanted)
        return taken.toString()
      }
      if (this.#over) return undefined
      await this.#changed.promise
    }
  }
}

function lengthThrough(bytes: Buffer, text: string): number | undefined {
  const at = bytes.indexOf(text)
  return at < 0 ? undefined : at + text.length
}

function split(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
