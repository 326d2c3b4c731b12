import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface SeenRequest {
  method: string
  path: string
  /** Undefined until answered. */
  status: number | undefined
  /** Whether there was an Authorization header, of any scheme. */
  authorization: boolean
  user: string | undefined
}

export interface Cut {
  after: number
  /**
   * What comes then: nothing more, the connection's end, or a byte now and then. A cancelled pull lets go of its
   * connection at the next byte only (Engines 20.10 to 28.5): after a stall, never.
   */
  end: 'stall' | 'truncate' | 'trickle'
  /** The Engine need not have read so far yet: sockets hold up to 10 MiB. */
  reached(): void
}

export function see(request: IncomingMessage, response: ServerResponse): SeenRequest {
  const { method = '', url = '', headers } = request
  const { authorization } = headers
  const basic = authorization?.match(/^Basic (.*)$/)?.[1]
  const user = basic && Buffer.from(basic, 'base64').toString().split(':')[0]
  const seen: SeenRequest = {
    method,
    path: url,
    status: undefined,
    authorization: authorization !== undefined,
    user,
  }
  response.once('close', () => {
    if (response.headersSent) seen.status = response.statusCode
  })
  return seen
}

/** Passes a request on to `upstream` ("host:port"), and the answer back: all of it, unless it is longer than the cut. */
export async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: string,
  cut?: Cut,
): Promise<void> {
  const [host, port] = upstream.split(':')
  const { method, url: path, headers } = request
  const onward = send({ host, port, method, path, headers, agent: false })
  response.once('close', () => onward.destroy())
  onward.on('error', () => response.destroy())
  const answered: Promise<IncomingMessage[]> = once(onward, 'response')
  const [[answer]] = await Promise.all([answered, pipeline(request, onward)])
  if (!answer) return
  response.shouldKeepAlive = false
  response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers))
  if (!cut || Number(answer.headers['content-length']) <= cut.after) return pipeline(answer, response)
  await pipeline(firstBytes(answer, cut), response, { end: false })
  if (cut.end === 'truncate') response.destroy()
}

function withoutConnection({ connection: _, ...headers }: IncomingMessage['headers']) {
  return headers
}

async function* firstBytes(
  source: AsyncIterable<Buffer>,
  { after, end, reached }: Cut,
): AsyncGenerator<Buffer> {
  let left = after
  for await (const chunk of source) {
    yield chunk.subarray(0, left)
    if (chunk.length > left) {
      reached()
      if (end === 'trickle') yield* trickle(chunk.subarray(left))
      return
    }
    left -= chunk.length
  }
}

export async function* trickle(bytes: Buffer, everyMs = 50): AsyncGenerator<Buffer> {
  for (const byte of bytes) {
    await delay(everyMs)
    yield Buffer.of(byte)
  }
}
