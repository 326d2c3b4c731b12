import { fromContent, fromHeaders, type RecordedEvent } from './recording.ts'

/** An event as the Engine's bytes. A length is told anew: what was written down may not have the size of what was said. */
export function wireBytes(event: RecordedEvent, bodiless: boolean): Buffer {
  if ('answer' in event) return answerBytes(event, bodiless)
  if ('chunks' in event) return Buffer.from('0\r\n\r\n')
  if ('received' in event) return fromContent(event.received)
  if ('chunk' in event) return chunkBytes(event)
  return Buffer.alloc(0)
}

function answerBytes(event: Extract<RecordedEvent, { answer: number }>, bodiless: boolean): Buffer {
  const body = fromContent(event.body)
  const told = bodiless || event.answer === 304
  const lines = fromHeaders(event.headers).map(([name, value]) => {
    const counted = name.toLowerCase() === 'content-length' && !told
    return `${name}: ${counted ? (event.length ?? body.length) : value}`
  })
  const head = [`HTTP/1.1 ${event.answer} ${event.reason}`, ...lines, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

function chunkBytes({ chunk, length }: Extract<RecordedEvent, { chunk: unknown }>): Buffer {
  const bytes = fromContent(chunk)
  const size = Buffer.from(`${(length ?? bytes.length).toString(16)}\r\n`)
  return Buffer.concat([size, bytes, Buffer.from(length === undefined ? '\r\n' : '')])
}

/** The answer to a request that is not in the recording. */
export function refusal(request: string, expected: readonly string[]): string {
  const wanted = expected.length === 0 ? 'nothing any more' : expected.slice(0, 5).join(', or ')
  const more = expected.length > 5 ? `, or one of ${expected.length - 5} more` : ''
  const body = JSON.stringify({ message: `not in the recording: ${request}; expected ${wanted}${more}` })
  const head = 'HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json\r\nContent-Length: '
  return `${head}${Buffer.byteLength(body)}\r\n\r\n${request.startsWith('HEAD ') ? '' : body}`
}
