import { frameBytes } from '../bytes/frames.ts'
import { fromText } from '../bytes/text.ts'
import { fromContent, fromHeaders } from '../file/content.ts'
import { type Exchange, isBodiless, isChunked, type Said } from '../file/exchange.ts'

/** What the Engine said, as its bytes. Lengths are computed: what was written down may have been edited. */
export function wireBytes(said: Said, exchange: Exchange): Buffer {
  if ('answer' in said) return answerBytes(said, exchange.request)
  if ('chunks' in said) return Buffer.from('0\r\n\r\n')
  if ('received' in said) return fromContent(said.received)
  if ('chunk' in said) return chunkBytes(fromContent(said.chunk), said.length)
  if ('output' in said) {
    const frame = frameBytes({ stream: said.output, bytes: fromText(said) })
    return isChunked(exchange) ? chunkBytes(frame) : frame
  }
  return Buffer.alloc(0)
}

function answerBytes(said: Extract<Said, { answer: number }>, request: string): Buffer {
  const body = fromContent(said.body)
  const lines = fromHeaders(said.headers).map(([name, value]) => {
    const counted = /^content-length$/i.test(name) && !isBodiless(request, said.answer)
    return `${name}: ${counted ? (said.length ?? body.length) : value}`
  })
  const head = [`HTTP/1.1 ${said.answer} ${said.reason}`, ...lines, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

function chunkBytes(bytes: Buffer, length?: number): Buffer {
  // A chunk of nothing would end the body.
  if (bytes.length === 0 && length === undefined) return bytes
  const size = Buffer.from(`${(length ?? bytes.length).toString(16)}\r\n`)
  return Buffer.concat([size, bytes, Buffer.from(length === undefined ? '\r\n' : '')])
}

/** The answer to a request that does not belong here. */
export function refusal(request: string, message: string): Buffer {
  const body = JSON.stringify({ message })
  const head = 'HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json\r\nContent-Length: '
  return Buffer.from(`${head}${Buffer.byteLength(body)}\r\n\r\n${request.startsWith('HEAD ') ? '' : body}`)
}
