import { EngineError } from './error.ts'
import type { Http } from './http/http.ts'
import { progress } from './streams/json-lines.ts'
import type { ImageDeletion, ImageInspect, ImageSummary, Progress } from './wire.ts'

interface Signal {
  signal?: AbortSignal | undefined
}

/** The Engine's images. A name is a reference or an id. */
export function images(http: Http) {
  return {
    /** `platform` is honoured from API 1.49 on; older Engines show whatever they have. */
    async inspect(
      name: string,
      { platform, signal }: Signal & { platform?: Platform | undefined } = {},
    ): Promise<ImageInspect> {
      const path = `/images/${encodePath(name)}/json`
      return (await http.send({ method: 'GET', path, query: { platform }, anyVersion: true, signal })).json()
    },
    async list({
      filters,
      all,
      signal,
    }: Signal & { filters?: Record<string, string[]>; all?: boolean } = {}): Promise<ImageSummary[]> {
      return (
        await http.send({ method: 'GET', path: '/images/json', query: { filters, all }, signal })
      ).json()
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
      const answer = await http.send({
        method: 'POST',
        path: '/images/create',
        query,
        headers,
        headersTimeout: 0,
        signal,
      })
      return progress(answer, 'POST /images/create')
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
      const answer = await http.send({
        method: 'POST',
        path: '/images/create',
        query,
        headers,
        body: archive,
        headersTimeout: 0,
        signal,
      })
      return progress(answer, 'POST /images/create')
    },
    /** Loads images from an archive that `docker save` wrote. */
    async load(
      archive: AsyncIterable<Uint8Array>,
      { signal }: Signal = {},
    ): Promise<AsyncIterable<Progress>> {
      const headers = { 'content-type': 'application/x-tar' }
      const answer = await http.send({
        method: 'POST',
        path: '/images/load',
        headers,
        body: archive,
        headersTimeout: 0,
        signal,
      })
      return progress(answer, 'POST /images/load')
    },
    async tag(name: string, { repo, tag, signal }: Signal & { repo: string; tag: string }): Promise<void> {
      const path = `/images/${encodePath(name)}/tag`
      ;(await http.send({ method: 'POST', path, query: { repo, tag }, signal })).cancel()
    },
    async remove(
      name: string,
      { force, signal }: Signal & { force?: boolean } = {},
    ): Promise<ImageDeletion[]> {
      const path = `/images/${encodePath(name)}`
      return (await http.send({ method: 'DELETE', path, query: { force }, signal })).json()
    },
  }
}

/** An OCI platform, as inspect's query wants it. */
export interface Platform {
  os: string
  architecture: string
  variant?: string
}

// A reference's slashes, colons and @ stand as they are in the Engine's route, and nothing else does.
function encodePath(name: string): string {
  if (/^[\w.:@-]+$/.test(name) && !/^\.{1,2}$/.test(name)) return name
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..')) {
    throw new EngineError('usage', `${JSON.stringify(name.slice(0, 200))} is no name of an image`)
  }
  return parts.map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@')
}
