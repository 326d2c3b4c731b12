import { EngineError } from './error.ts'
import type { Http } from './http/http.ts'
import type { Volume } from './wire.ts'

interface Signal {
  signal?: AbortSignal | undefined
}

/** The Engine's volumes. */
export function volumes(http: Http) {
  return {
    /** Resolves with the volume of that name where there is one already, its labels unchanged. */
    async create(
      { name, labels }: { name: string; labels?: Readonly<Record<string, string>> },
      { signal }: Signal = {},
    ): Promise<Volume> {
      const json = { Name: name, Labels: labels }
      return (await http.send({ method: 'POST', path: '/volumes/create', json, signal })).json()
    },
    async list({ filters, signal }: Signal & { filters?: Record<string, string[]> } = {}): Promise<Volume[]> {
      const response = await http.send({ method: 'GET', path: '/volumes', query: { filters }, signal })
      const { Volumes } = await response.json<{ Volumes: Volume[] | null }>()
      return Volumes ?? []
    },
    /** Rejects with status 409 while a container uses the volume. */
    async remove(name: string, { signal }: Signal = {}): Promise<void> {
      // The Engine cleans dots and doubled slashes out of a path: it would be another operation.
      if (/^\.{0,2}$/.test(name)) throw new EngineError('usage', `${JSON.stringify(name)} is not a volume`)
      ;(await http.send({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}`, signal })).cancel()
    },
  }
}
