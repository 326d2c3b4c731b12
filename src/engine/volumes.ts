import type { Http, Signal } from './http/http.ts'
import { segment } from './http/segment.ts'
import { listOf, mapOf, name as nonEmpty, nullable, object, optional, text } from './http/shape.ts'
import type { Volume } from './wire.ts'

const volume = object<Volume>({
  Name: nonEmpty,
  Driver: optional(text),
  Labels: nullable(mapOf(text)),
  Options: nullable(mapOf(text)),
})
const volumeList = object<{ Volumes?: Volume[] | null }>({ Volumes: nullable(listOf(volume)) })

/** The Engine's volumes. */
export function volumes(http: Http) {
  return {
    /** Resolves with the volume of that name where there is one already, its labels unchanged. */
    async create(
      { name, labels }: { name: string; labels?: Readonly<Record<string, string>> },
      { signal }: Signal = {},
    ): Promise<Volume> {
      const json = { Name: name, Labels: labels }
      return http.json({ method: 'POST', path: '/volumes/create', json, signal }, volume)
    },
    async inspect(name: string, { signal }: Signal = {}): Promise<Volume> {
      return http.json({ method: 'GET', path: `/volumes/${segment(name, 'a volume')}`, signal }, volume)
    },
    async list({ filters, signal }: Signal & { filters?: Record<string, string[]> } = {}): Promise<Volume[]> {
      const request = { method: 'GET', path: '/volumes', query: { filters }, signal } as const
      return (await http.json(request, volumeList)).Volumes ?? []
    },
    /** Rejects with status 409 while a container uses the volume. */
    async remove(name: string, { signal }: Signal = {}): Promise<void> {
      await http.done({ method: 'DELETE', path: `/volumes/${segment(name, 'a volume')}`, signal })
    },
  }
}
