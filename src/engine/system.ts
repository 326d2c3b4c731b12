import type { Http } from './http/http.ts'
import { jsonLines } from './streams/json-lines.ts'
import type { EngineEvent, Info, Version } from './wire.ts'

interface Signal {
  signal?: AbortSignal | undefined
}

/** The Engine itself. */
export function system(http: Http) {
  return {
    /** Resolves with the API version agreed on when the Engine answers; asks it anew each time. */
    async ping({ signal }: Signal = {}): Promise<{ apiVersion: string }> {
      const answer = await http.send({ method: 'GET', path: '/_ping', anyVersion: true, signal })
      answer.cancel()
      return { apiVersion: http.knownVersion ?? (await http.version(signal)) }
    },
    async version({ signal }: Signal = {}): Promise<Version> {
      return (await http.send({ method: 'GET', path: '/version', anyVersion: true, signal })).json()
    },
    async info({ signal }: Signal = {}): Promise<Info> {
      return (await http.send({ method: 'GET', path: '/info', signal })).json()
    },
    /** What happens on the Engine, as it happens. `since` and `until` are seconds since 1970, as `1700000000.000000001`. */
    async events({
      filters,
      since,
      until,
      signal,
    }: Signal & { filters?: Record<string, string[]>; since?: string; until?: string } = {}): Promise<
      AsyncIterable<EngineEvent>
    > {
      const answer = await http.send({
        method: 'GET',
        path: '/events',
        query: { filters, since, until },
        signal,
      })
      return jsonLines<EngineEvent>(answer, 'GET /events')
    },
  }
}
