import { createHash } from 'node:crypto'
import type { ImageInspect } from '../../src/engine/wire.ts'

/** The inspect answer of dockerd 20.10 for an image of that tag, in part, with whatever is different about it. */
export function image(tag: string, different: Partial<ImageInspect> = {}): ImageInspect {
  return {
    Id: `sha256:${digestOf(tag)}`,
    RepoTags: [tag],
    RepoDigests: [],
    Created: '2026-11-23T14:52:02.463466924Z',
    Architecture: 'amd64',
    Os: 'linux',
    Size: 1984158,
    ...different,
  }
}

/** 64 hex digits of a text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Finds an image as the Engine does: a digest wins over a tag, and a prefix of an id is a name. */
export function findImage(
  images: readonly ImageInspect[],
  name: string,
  platform?: { os: string; architecture: string },
): ImageInspect | undefined {
  const [bare = '', digest] = familiar(name).split('@')
  const tag = /:[^/]*$/.test(bare) ? bare : `${bare}:latest`
  const byDigest = `${bare.replace(/:[^/]*$/, '')}@${digest}`
  const hex = /^(?:sha256:)?([0-9a-f]+)$/.exec(name)?.[1]
  return images.find(
    ({ Id, RepoTags, RepoDigests, Os, Architecture }) =>
      (platform === undefined || (platform.os === Os && platform.architecture === Architecture)) &&
      ((digest === undefined
        ? RepoTags?.map(familiar).includes(tag)
        : RepoDigests?.map(familiar).includes(byDigest)) ||
        (hex !== undefined && Id.startsWith(`sha256:${hex}`))),
  )
}

/** A pulled image joins the others, and takes its names from whichever bore them. */
export function takeNames(images: ImageInspect[], pulled: ImageInspect): void {
  const names = (pulled.RepoTags ?? []).map(familiar)
  const others = images.filter(({ Id }) => Id !== pulled.Id)
  const left = others.map(image => ({
    ...image,
    RepoTags: image.RepoTags?.filter(tag => !names.includes(familiar(tag))) ?? null,
  }))
  images.splice(0, images.length, ...left, pulled)
}

function familiar(name: string): string {
  return name.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '')
}

/** The lines of a pull that went well, as dockerd 20.10 writes them. */
export function pullLines({ RepoTags, RepoDigests, Id }: ImageInspect): object[] {
  const [name, tag] = RepoTags?.[0]?.split(/:(?=[^:]*$)/) ?? []
  const layer = Id.slice(7, 19)
  const bytes = { current: 1024, total: 2048 }
  return [
    { status: `Pulling from ${name}`, id: tag },
    { status: 'Pulling fs layer', progressDetail: {}, id: layer },
    { status: 'Downloading', progressDetail: bytes, progress: '[====>     ]  1.024kB/2.048kB', id: layer },
    { status: 'Verifying Checksum', progressDetail: {}, id: layer },
    { status: 'Download complete', progressDetail: {}, id: layer },
    { status: 'Pull complete', progressDetail: {}, id: layer },
    { status: `Digest: ${RepoDigests?.[0]?.split('@')[1] ?? Id}` },
    { status: `Status: Downloaded newer image for ${RepoTags?.[0]}` },
  ]
}
