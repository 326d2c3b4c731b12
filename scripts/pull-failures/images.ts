import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

const types = 'application/vnd.docker.distribution.manifest'
const mebibyte = 2 ** 20

/** What is wrong with an image, if anything. */
export interface ImageShape {
  /** MiB of the layer, and whether compression makes them small. */
  size?: number
  dense?: boolean
  /** Its layer is no archive, or not the one that its configuration names. */
  layer?: 'junk' | 'foreign'
  /** In a list, which has it for this architecture alone. */
  listedFor?: string
  /** The media type of its configuration: something else than an image. */
  configType?: string
}

/** Digests of the blobs of an image. */
export interface Blobs {
  layer: string
  config: string
}

/** Puts an image into a registry, by the registry's own API: no Engine takes part. */
export async function putImage(registry: string, repository: string, shape: ImageShape = {}): Promise<Blobs> {
  const base = `http://${registry}/v2/${repository}`
  const tar = await layerArchive(shape)
  const layer = await putBlob(base, shape.layer === 'junk' ? randomBytes(1000) : gzipSync(tar, { level: 1 }))
  const config = await putBlob(base, configuration(shape.layer === 'foreign' ? randomBytes(10) : tar))
  const manifest = {
    schemaVersion: 2,
    mediaType: `${types}.v2+json`,
    config: { mediaType: shape.configType ?? 'application/vnd.docker.container.image.v1+json', ...config },
    layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...layer }],
  }
  if (shape.listedFor === undefined) await putManifest(`${base}/manifests/1`, manifest)
  else await putList(base, manifest, shape.listedFor)
  return { layer: layer.digest, config: config.digest }
}

async function putList(base: string, manifest: Manifest, architecture: string): Promise<void> {
  const { mediaType } = manifest
  const digest = digestOf(Buffer.from(JSON.stringify(manifest)))
  await putManifest(`${base}/manifests/${digest}`, manifest)
  const size = JSON.stringify(manifest).length
  const manifests = [{ mediaType, size, digest, platform: { os: 'linux', architecture } }]
  await putManifest(`${base}/manifests/1`, {
    schemaVersion: 2,
    mediaType: `${types}.list.v2+json`,
    manifests,
  })
}

interface Manifest {
  schemaVersion: number
  mediaType: string
  [field: string]: unknown
}

async function putManifest(url: string, manifest: Manifest): Promise<void> {
  await send('PUT', url, JSON.stringify(manifest), manifest.mediaType)
}

async function putBlob(base: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const digest = digestOf(bytes)
  const place = (await send('POST', `${base}/blobs/uploads/`)).headers.get('location') ?? ''
  const url = new URL(place, base)
  url.searchParams.set('digest', digest)
  await send('PUT', url.href, bytes, 'application/octet-stream')
  return { digest, size: bytes.length }
}

async function send(method: string, url: string, body?: string | Buffer, type?: string): Promise<Response> {
  const content = body === undefined ? {} : { body }
  const answer = await fetch(url, { method, ...content, ...(type && { headers: { 'content-type': type } }) })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}

async function layerArchive({ size = 1, dense = true }: ImageShape): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'pad' }, dense ? randomBytes(size * mebibyte) : Buffer.alloc(size * mebibyte))
  tar.finalize()
  return buffer(tar)
}

function configuration(layer: Buffer): Buffer {
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] }
  return Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Cmd: ['/pad'] }, rootfs }),
  )
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
