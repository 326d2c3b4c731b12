import type { Duplex } from 'node:stream'
import type { Body } from './body.ts'

/** One HTTP request, as it goes on the wire. */
export interface HttpRequest {
  method: string
  /** With the version and the query. */
  path: string
  headers: Record<string, string>
  body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Ask for a raw connection in place of an HTTP answer. */
  upgrade?: boolean
  /** Milliseconds until the answer's headers are in; 0 waits for ever. */
  headersTimeout: number
  signal?: AbortSignal | undefined
}

/** What came back: an answer with a body, or the raw connection that was asked for. */
export interface HttpResponse {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Body
  socket?: Duplex
}
