import { EngineError } from './error.ts'
import type { Http, Signal } from './http/http.ts'
import { listOf, name as nonEmpty, nullable, object, optional, text } from './http/shape.ts'
import { progress } from './streams/json-lines.ts'
import type { ImageDeletion, ImageInspect, ImageSummary, Progress } from './wire.ts'

const inspected = object<ImageInspect>({
  Id: nonEmpty,
  RepoTags: nullable(listOf(text)),
  RepoDigests: nullable(listOf(text)),
  Created: optional(text),
  Os: text,
  Architecture: text,
  Variant: optional(text),
  Descriptor: nullable(object({ digest: text })),
  Metadata: nullable(object({ LastTagTime: optional(text) })),
})
const summaries = listOf(
  object<ImageSummary>({
    Id: nonEmpty,
    RepoTags: nullable(listOf(text)),
    RepoDigests: nullable(listOf(text)),
  }),
)
const deletions = listOf(object<ImageDeletion>({}))

/** The Engine's images. A name is a reference or an id. */
export function images(http: Http) {
  return {
    /** `platform` is respected from API 1.49 on; older Engines ignore it. */
    async inspect(
      name: string,
      { platform, signal }: Signal & { platform?: Platform | undefined } = {},
    ): Promise<ImageInspect> {
      const path = `/images/${encodePath(name)}/json`
      return http.json({ method: 'GET', path, query: { platform }, anyVersion: true, signal }, inspected)
    },
    async list({
      filters,
      all,
      signal,
    }: Signal & { filters?: Record<string, string[]>; all?: boolean } = {}): Promise<ImageSummary[]> {
      return http.json({ method: 'GET', path: '/images/json', query: { filters, all }, signal }, summaries)
    },
    /**
     * Pulls an image; done when the steps have been read to their end. Leaving them early, or the signal, ends the pull
     * on the Engine. `registryAuth` is a ready X-Registry-Auth value: base64url, padded, of Docker's JSON.
     */
    async pull({
      fromImage,
      tag,
      platform,
      registryAuth,
      signal,
    }: Signal & {
      fromImage: string
      tag: string
      platform?: string | undefined
      registryAuth?: string | undefined
    }): Promise<AsyncIterable<Progress>> {
      const headers = registryAuth === undefined ? {} : { 'X-Registry-Auth': registryAuth }
      const query = { fromImage, tag, platform }
      const response = await http.send({
        method: 'POST',
        path: '/images/create',
        query,
        headers,
        headersTimeout: 0,
        signal,
      })
      return progress(response)
    },
    /** Makes an image from a tar archive of a file system. `changes` are Dockerfile lines, as `CMD ["sh"]`. */
    async import(
      archive: AsyncIterable<Uint8Array>,
      {
        repo,
        tag,
        changes,
        platform,
        signal,
      }: Signal & { repo: string; tag: string; changes?: string[]; platform?: string },
    ): Promise<AsyncIterable<Progress>> {
      const query = { fromSrc: '-', repo, tag, changes, platform }
      const headers = { 'content-type': 'application/x-tar' }
      const response = await http.send({
        method: 'POST',
        path: '/images/create',
        query,
        headers,
        body: archive,
        headersTimeout: 0,
        signal,
      })
      return progress(response)
    },
    /** Loads images from an archive that `docker save` wrote. */
    async load(
      archive: AsyncIterable<Uint8Array>,
      { signal }: Signal = {},
    ): Promise<AsyncIterable<Progress>> {
      const headers = { 'content-type': 'application/x-tar' }
      const response = await http.send({
        method: 'POST',
        path: '/images/load',
        headers,
        body: archive,
        headersTimeout: 0,
        signal,
      })
      return progress(response)
    },
    async tag(name: string, { repo, tag, signal }: Signal & { repo: string; tag: string }): Promise<void> {
      const path = `/images/${encodePath(name)}/tag`
      await http.done({ method: 'POST', path, query: { repo, tag }, signal })
    },
    async remove(
      name: string,
      { force, signal }: Signal & { force?: boolean } = {},
    ): Promise<ImageDeletion[]> {
      const path = `/images/${encodePath(name)}`
      return http.json({ method: 'DELETE', path, query: { force }, signal }, deletions)
    },
  }
}

/** An OCI platform, as the query of inspect takes it. */
export interface Platform {
  os: string
  architecture: string
  variant?: string
}

// The Engine's route takes a reference's slashes, colons and @ unescaped, and everything else escaped.
function encodePath(name: string): string {
  if (/^[\w.:@-]+$/.test(name) && !/^\.{1,2}$/.test(name)) return name
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..')) {
    throw new EngineError('usage', `${JSON.stringify(name.slice(0, 200))} is not the name of an image`)
  }
  return parts.map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@')
}
