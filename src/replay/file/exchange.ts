import type { Stream } from '../bytes/frames.ts'
import type { Text } from '../bytes/text.ts'
import type { Content, Headers } from './content.ts'

/** What was said on a connection after a request. */
export type Utterance =
  /** `length` stands where the answer was cut short: what it had declared. */
  | { answer: number; reason: string; headers: Headers; body?: Content; length?: number }
  /** A chunk of the answer's body; `length` as above. */
  | { chunk: Content; length?: number }
  | { chunks: 'end' }
  /** A frame of multiplexed output. Its length is computed when it is played. */
  | ({ output: Stream } & Text)
  /** Raw bytes from the Engine: after an upgrade, or of a body that ends with its connection. */
  | { received: Content }
  /** Raw bytes from the client, after an upgrade. */
  | { sent: Content }
  /** The client has closed its half. */
  | { sent: 'end' }
  /** `reset` stands where the Engine's connection was reset in place of ending. */
  | { closed: 'engine' | 'client'; reset?: true }

/** An utterance, `at` milliseconds since the recording began, not before what stands in `after`. */
export type Said = Utterance & { at?: number; after?: string[] }

export type Answer = Extract<Said, { answer: number }>

/** A request and what was said because of it. */
export interface Exchange {
  /** As `POST /v1.41/containers/create?name=a`. */
  request: string
  /** Secrets taken out. */
  headers: Headers
  /** Absent without one. */
  body?: Content
  /** Milliseconds since the recording began; absent in a normalized one. */
  at?: number
  /** A request that may come or not. */
  optional?: true
  /** What was said because of it, in order. */
  said: Said[]
}

export function isBodiless(request: string, status: number): boolean {
  return request.startsWith('HEAD ') || status === 204 || status === 304
}

/** The body of an answer's head, or of a chunk; undefined where there is none. */
export function bodyOf(said: Said): Content | undefined {
  return 'answer' in said ? said.body : 'chunk' in said ? said.chunk : undefined
}

function hasHeader(headers: Headers, name: RegExp): boolean {
  return Object.keys(headers).some(header => name.test(header))
}

/** The final answer, not an interim one such as 100. */
function finalAnswer({ said }: Exchange): Answer | undefined {
  return said.find((each): each is Answer => 'answer' in each && (each.answer >= 200 || each.answer === 101))
}

/** True where the connection belongs to this exchange until it ends: after an upgrade, and with a body without an end of its own. */
export function keepsConnection(exchange: Exchange): boolean {
  const final = finalAnswer(exchange)
  if (final === undefined) return false
  return (
    final.answer === 101 ||
    (!isBodiless(exchange.request, final.answer) &&
      !hasHeader(final.headers, /^(content-length|transfer-encoding)$/i))
  )
}

/** True where the answer was whole, so that its connection could have carried another. */
export function isWhole(exchange: Exchange): boolean {
  const final = finalAnswer(exchange)
  if (final === undefined || final.answer === 101) return false
  return isChunked(exchange) && !isBodiless(exchange.request, final.answer)
    ? exchange.said.some(said => 'chunks' in said)
    : final.length === undefined
}

/** True where the answer's body comes in chunks. */
export function isChunked(exchange: Exchange): boolean {
  const final = finalAnswer(exchange)
  return final !== undefined && final.answer !== 101 && hasHeader(final.headers, /^transfer-encoding$/i)
}
