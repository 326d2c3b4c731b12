import { EngineError } from './error.ts'
import type { EngineRequest, Http, Signal } from './http/http.ts'
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

const tar = { 'content-type': 'application/x-tar' }

interface Following extends Signal {
  /** Called with each progress message. An error that it throws ends the operation. */
  onProgress?: ((message: Progress) => void) | undefined
}

/** The Engine's images. A name is a reference or an id. */
export function images(http: Http) {
  /** Sends a request whose response is a stream of progress messages, and reads it to its end. */
  const follow = async (request: Omit<EngineRequest, 'method'>, onProgress: Following['onProgress']) => {
    const response = await http.send({ method: 'POST', headersTimeout: 0, ...request })
    for await (const message of progress(response)) onProgress?.(message)
  }
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
     * Pulls an image; resolves once the Engine has it, and rejects with what the stream reports. The signal ends the pull
     * on the Engine. `registryAuth` is a ready X-Registry-Auth value: base64url, padded, of Docker's JSON.
     */
    pull({
      fromImage,
      tag,
      platform,
      registryAuth,
      onProgress,
      signal,
    }: Following & {
      fromImage: string
      tag: string
      platform?: string | undefined
      registryAuth?: string | undefined
    }): Promise<void> {
      const headers = registryAuth === undefined ? {} : { 'X-Registry-Auth': registryAuth }
      const query = { fromImage, tag, platform }
      return follow({ path: '/images/create', query, headers, signal }, onProgress)
    },
    /** Makes an image of a tar archive of a file system. `changes` are Dockerfile lines, as `CMD ["sh"]`. */
    import(
      archive: AsyncIterable<Uint8Array>,
      {
        repo,
        tag,
        changes,
        platform,
        onProgress,
        signal,
      }: Following & { repo: string; tag: string; changes?: string[]; platform?: string },
    ): Promise<void> {
      const query = { fromSrc: '-', repo, tag, changes, platform }
      return follow({ path: '/images/create', query, headers: tar, body: archive, signal }, onProgress)
    },
    /** Loads images from an archive that `docker save` wrote; resolves once the Engine has them. */
    load(archive: AsyncIterable<Uint8Array>, { onProgress, signal }: Following = {}): Promise<void> {
      return follow({ path: '/images/load', headers: tar, body: archive, signal }, onProgress)
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
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..')) {
    throw new EngineError('usage', `${JSON.stringify(name.slice(0, 200))} is not the name of an image`)
  }
  return /^[\w.:@/-]+$/.test(name)
    ? name
    : parts.map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@')
}
