import { protocolError } from './connection-error.ts'

/** Status line and headers of an HTTP/1 response; header names in lower case. */
export interface ResponseHead {
  status: number
  headers: Record<string, string | string[] | undefined>
}

/** Node's own default of `maxHeaderSize`. */
const limit = 16 * 1024
const separator = '\r\n\r\n'
const start = 'HTTP/1.'

/** Reads the head of an HTTP/1 response that may be cut anywhere, past informational responses (100, 103). */
export class ResponseHeadReader {
  #bytes = Buffer.alloc(0)

  /** Gives the head and the bytes behind it once the head is complete. Throws where the bytes are not HTTP. */
  push(bytes: Uint8Array): { head: ResponseHead; rest: Buffer } | undefined {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (;;) {
      // Checked before the head is complete: another protocol may never send an empty line.
      if (!start.startsWith(this.#bytes.toString('latin1', 0, start.length))) throw protocolError()
      const end = this.#bytes.indexOf(separator)
      if ((end < 0 ? this.#bytes.length : end) > limit) throw protocolError('UND_ERR_HEADERS_OVERFLOW')
      if (end < 0) return undefined
      const head = parse(this.#bytes.toString('latin1', 0, end))
      this.#bytes = this.#bytes.subarray(end + separator.length)
      if (head.status >= 200 || head.status === 101) return { head, rest: this.#bytes }
      if (this.#bytes.length === 0) return undefined
    }
  }
}

function parse(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(statusLine)?.[1]
  if (status === undefined) throw protocolError()
  const headers: ResponseHead['headers'] = {}
  for (const line of lines) {
    const [, name, text = ''] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/.exec(line) ?? []
    if (name === undefined) throw protocolError()
    const [key, value] = [name.toLowerCase(), text.trim()]
    const before = headers[key]
    headers[key] = before === undefined ? value : [before, value].flat()
  }
  return { status: Number(status), headers }
}
