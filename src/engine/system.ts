import type { Http, Signal } from './http/http.ts'
import { integer, listOf, mapOf, number, object, optional, text } from './http/shape.ts'
import { jsonLines } from './streams/json-lines.ts'
import type { EngineEvent, Info, Version } from './wire.ts'

const version = object<Version>({
  Version: text,
  ApiVersion: text,
  Os: text,
  Arch: text,
  Platform: optional(object({ Name: text })),
  Components: optional(listOf(object({ Name: text, Version: text }))),
})
const info = object<Info>({
  ID: text,
  Name: optional(text),
  ServerVersion: optional(text),
  SystemTime: optional(text),
})
const event = object<EngineEvent>({
  Type: text,
  Action: text,
  Actor: object({ ID: text, Attributes: optional(mapOf(text)) }),
  time: integer,
  timeNano: number,
})

/** The Engine itself. */
export function system(http: Http) {
  return {
    /** Resolves once the Engine answers, with the API version agreed on. */
    async ping({ signal }: Signal = {}): Promise<{ apiVersion: string }> {
      await http.done({ method: 'GET', path: '/_ping', anyVersion: true, signal })
      return { apiVersion: http.knownVersion ?? (await http.version(signal)) }
    },
    version({ signal }: Signal = {}): Promise<Version> {
      return http.json({ method: 'GET', path: '/version', anyVersion: true, signal }, version)
    },
    info({ signal }: Signal = {}): Promise<Info> {
      return http.json({ method: 'GET', path: '/info', signal }, info)
    },
    /** The Engine's events as they happen. `since` and `until` are seconds since 1970, as `1700000000.000000001`. */
    async events({
      filters,
      since,
      until,
      signal,
    }: Signal & { filters?: Record<string, string[]>; since?: string; until?: string } = {}): Promise<
      AsyncIterable<EngineEvent>
    > {
      const query = { filters, since, until }
      return jsonLines(await http.send({ method: 'GET', path: '/events', query, signal }), event)
    },
  }
}
