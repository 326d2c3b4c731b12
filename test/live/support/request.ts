import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

export interface EngineResponse {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

export interface EngineRequestOptions {
  body?: string | AsyncIterable<unknown>
  headers?: OutgoingHttpHeaders
  signal?: AbortSignal
}

/** A request which shares nothing with holdfast: what a test asserts must not come from what it tests. */
export async function engineRequest(
  socketPath: string,
  method: string,
  path: string,
  { body, headers, signal }: EngineRequestOptions = {},
): Promise<EngineResponse> {
  const sent = request({
    socketPath,
    method,
    path,
    headers: { connection: 'close', ...headers },
    ...(signal && { signal }),
  })
  const answered = new Promise<EngineResponse>((resolve, reject) => {
    sent.on('error', reject)
    sent.on('response', response => {
      const { statusCode: status = 0, headers } = response
      text(response).then(body => resolve({ status, headers, body }), reject)
    })
  })
  if (body === undefined || typeof body === 'string') sent.end(body)
  else await pipeline(body, sent)
  return answered
}

/** The answer's JSON; what is not a 2xx throws. */
export async function engineJson<T>(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await engineRequest(socketPath, method, path, json)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
  return JSON.parse(answer.body.trim() || 'null')
}

export interface ContainerSummary {
  Id: string
  Names: string[]
  Image: string
  State: string
  Labels: Record<string, string>
}

export function containers(socketPath: string): Promise<ContainerSummary[]> {
  return engineJson(socketPath, 'GET', '/containers/json?all=1')
}
