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
  /** In bytes, or half of what there is. */
  after: number | 'half'
  /**
   * What comes then: nothing more, the connection's end, the rest a little at a time, or all of it with one byte wrong.
   * A cancelled pull lets go of its connection at the next byte only (Engines 20.10 to 28.5): after a stall, never.
   */
  end: 'stall' | 'truncate' | 'trickle' | 'corrupt'
  /** Of a trickle; a byte each 50 ms by default. */
  pace?: Pace
  /** The Engine need not have read so far yet: sockets hold up to 10 MiB. */
  reached(): void
}

export interface Pace {
  bytes: number
  everyMs: number
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
  const length = Number(answer.headers['content-length'])
  const after = cut?.after === 'half' ? Math.floor(length / 2) : (cut?.after ?? length)
  if (!cut || length <= after) return pipeline(answer, response)
  await pipeline(cutBytes(answer, after, cut), response, { end: false })
  if (cut.end === 'truncate') response.destroy()
  else if (cut.end !== 'stall') response.end()
}

function withoutConnection({ connection: _, ...headers }: IncomingMessage['headers']) {
  return headers
}

async function* cutBytes(source: AsyncIterable<Buffer>, after: number, cut: Cut): AsyncGenerator<Buffer> {
  let left = after
  let reached = false
  for await (const chunk of source) {
    yield chunk.subarray(0, left)
    const rest = chunk.subarray(left)
    left -= chunk.length - rest.length
    if (rest.length === 0) continue
    if (!reached) cut.reached()
    if (cut.end === 'stall' || cut.end === 'truncate') return
    if (cut.end === 'trickle') yield* trickle(rest, cut.pace)
    else yield reached ? rest : withFirstByteWrong(rest)
    reached = true
  }
}

function withFirstByteWrong(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(~bytes.readInt8()), bytes.subarray(1)])
}

export async function* trickle(
  bytes: Buffer,
  { bytes: length, everyMs }: Pace = { bytes: 1, everyMs: 50 },
): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) {
    await delay(everyMs)
    yield bytes.subarray(at, at + length)
  }
}
