import { frameHeader } from '../bytes/frames.ts'
import { fromText, type Text } from '../bytes/text.ts'
import { type Content, fromContent, fromHeaders } from '../file/content.ts'
import { type Answer, type Exchange, isBodiless, isChunked, type Said } from '../file/exchange.ts'

/** Bytes, a character for each (latin1): thousands of short ones are joined several times faster than Buffers are. */
export type Bytes = string

/**
 * Makes the bytes of what the Engine said in an exchange. Lengths are computed: what was written down may have been
 * edited.
 */
export function wireOf(exchange: Exchange): (said: Said) => Bytes {
  const chunked = isChunked(exchange)
  return said => {
    if ('output' in said) {
      const bytes = bytesOf(said)
      const frame = frameHeader(said.output, bytes.length) + bytes
      return chunked ? chunkOf(frame) : frame
    }
    if ('answer' in said) return answerOf(said, exchange.request)
    if ('chunks' in said) return '0\r\n\r\n'
    if ('received' in said) return contentOf(said.received)
    if ('chunk' in said) return chunkOf(contentOf(said.chunk), said.length)
    return ''
  }
}

function answerOf(said: Answer, request: string): Bytes {
  const body = contentOf(said.body)
  const hasBody = !isBodiless(request, said.answer)
  let head = `HTTP/1.1 ${said.answer} ${said.reason}\r\n`
  for (const [name, value] of fromHeaders(said.headers)) {
    const isLength = hasBody && /^content-length$/i.test(name)
    head += `${name}: ${isLength ? (said.length ?? body.length) : value}\r\n`
  }
  return `${head}\r\n${body}`
}

function chunkOf(bytes: Bytes, length?: number): Bytes {
  // A chunk of nothing would end the body.
  if (bytes.length === 0 && length === undefined) return bytes
  return `${(length ?? bytes.length).toString(16)}\r\n${bytes}${length === undefined ? '\r\n' : ''}`
}

/** The answer to a request that does not belong here. */
export function refusal(request: string, message: string): Bytes {
  const body = encoded(JSON.stringify({ message }))
  const head = 'HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json\r\nContent-Length: '
  return `${head}${body.length}\r\n\r\n${request.startsWith('HEAD ') ? '' : body}`
}

function contentOf(content: Content | undefined): Bytes {
  if (content === undefined) return ''
  if ('json' in content) return encoded(JSON.stringify(content.json) + (content.end ?? ''))
  return 'archive' in content ? fromContent(content).toString('latin1') : bytesOf(content)
}

function bytesOf(text: Text): Bytes {
  return 'text' in text ? encoded(text.text) : fromText(text).toString('latin1')
}

/** The UTF-8 of a text. */
function encoded(text: string): Bytes {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1')
}
