import type { Body } from './body.ts'
import type { RawConnection } from './raw-connection.ts'

/** One HTTP request, as it goes on the wire. */
export interface HttpRequest {
  method: string
  /** With the version and the query. */
  path: string
  headers: Record<string, string>
  body?: Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Its response is read at once: only so many of these are sent at a time. */
  short?: boolean
  /** Ask for a raw connection in place of an HTTP response. */
  upgrade?: boolean
  /** Milliseconds until the response's headers are in; 0 for no limit. */
  headersTimeout: number
  signal?: AbortSignal | undefined
}

/** Names a request in messages, as `POST /containers/create`. */
export function nameOf({ method, path }: Pick<HttpRequest, 'method' | 'path'>): string {
  return `${method} ${path.split('?', 1)[0]}`
}

/** What came back: a response with a body, or the raw connection that was asked for. */
export interface HttpResponse {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Body
  raw?: RawConnection
}
