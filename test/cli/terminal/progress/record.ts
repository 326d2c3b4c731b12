/** Records pulls from a slow registry: `HOLDFAST_TEST_ENGINE=… node test/cli/terminal/progress/record.ts [DOCKERD-FLAG…]`. */
import { createCipheriv, createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { startEngine } from '../../../live/support/engine.ts'
import { startPodman } from '../../../live/support/podman.ts'
import { engineJson } from '../../../live/support/request.ts'

const kilobyte = 1_000
const bytesPerTick = 40 * kilobyte
const tick = 20

/** Images by tag, and the sizes of their layers in bytes. A size that comes twice is one layer. */
const images = {
  first: [3_000, 900, 10, 500, 0.2, 1_800].map(size => size * kilobyte),
  'some-new': [3_000, 900, 10, 700, 1_200].map(size => size * kilobyte),
  retrying: [3_000, 1_100, 400].map(size => size * kilobyte),
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const blobs = new Map<string, Buffer>()
const manifests = new Map<string, Buffer>()

function keep(bytes: Buffer) {
  const digest = digestOf(bytes)
  blobs.set(digest, bytes)
  return { digest, size: bytes.length }
}

/** The same bytes for the same size, which no compression makes smaller. */
async function layer(size: number) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'layer'), Buffer.alloc(16, String(size)))
  const tar = pack()
  tar.entry({ name: `layer-${size}`, mtime: new Date(0) }, cipher.update(Buffer.alloc(size)))
  tar.finalize()
  const bytes = await buffer(tar)
  return { diffId: digestOf(bytes), ...keep(gzipSync(bytes)) }
}

for (const [tag, sizes] of Object.entries(images)) {
  const layers = await Promise.all(sizes.map(layer))
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
  const config = keep(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })))
  const type = 'application/vnd.docker'
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.distribution.manifest.v2+json`,
    config: { mediaType: `${type}.container.image.v1+json`, ...config },
    layers: layers.map(({ digest, size }) => ({
      mediaType: `${type}.image.rootfs.diff.tar.gzip`,
      size,
      digest,
    })),
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  for (const name of [tag, digestOf(bytes)]) manifests.set(name, bytes)
}

/** Breaks off what is 1,100 kB long, the first time. */
let unbroken = true

async function send(response: ServerResponse, bytes: Buffer, whole: boolean): Promise<void> {
  response.writeHead(200, { 'content-length': bytes.length, 'content-type': 'application/octet-stream' })
  const end = whole ? bytes.length : bytes.length / 2
  for (let at = 0; at < end && !response.destroyed; at += bytesPerTick) {
    response.write(bytes.subarray(at, at + bytesPerTick))
    await delay(tick)
  }
  if (whole) response.end()
  else response.destroy()
}

const server = createServer(async ({ method, url = '' }, response) => {
  const [, kind, name = ''] = /^\/v2\/app\/(manifests|blobs)\/(.+)$/.exec(url) ?? []
  const bytes = (kind === 'manifests' ? manifests : blobs).get(name)
  if (url === '/v2/') return void response.end('{}')
  if (bytes === undefined) return void response.writeHead(404).end()
  if (kind === 'blobs' && method === 'GET') {
    const long = Math.abs(bytes.length - 1_100 * kilobyte) < 10 * kilobyte
    const whole = !(long && unbroken)
    if (long) unbroken = false
    return await send(response, bytes, whole)
  }
  const type = 'application/vnd.docker.distribution.manifest.v2+json'
  const headers = {
    'content-type': type,
    'content-length': bytes.length,
    'docker-content-digest': digestOf(bytes),
  }
  response.writeHead(200, headers).end(method === 'HEAD' ? undefined : bytes)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`

const flags = process.argv.slice(2)
const podman = process.env.HOLDFAST_TEST_ENGINE === 'podman'
await using engine = await (podman ? startPodman([address]) : startEngine({ flags }))
const { Version } = await engineJson<{ Version: string }>(engine.socket, 'GET', '/version')
const brand = podman ? 'podman' : 'docker'
const store = flags.some(flag => flag.includes('containerd-snapshotter')) ? '-containerd' : ''
const folder = join(import.meta.dirname, 'streams', `${brand}-${/^\d+\.\d+/.exec(Version)?.[0]}${store}`)
mkdirSync(folder, { recursive: true })

/** A line for each of the Engine's: milliseconds since the request, and what it said. */
async function record(tag: string, name: string): Promise<void> {
  const started = performance.now()
  const path = `/images/create?fromImage=${encodeURIComponent(`${address}/app`)}&tag=${tag}`
  const asked = request({ socketPath: engine.socket, method: 'POST', path: podman ? `/v1.41${path}` : path })
  asked.end()
  const [answer] = await once(asked, 'response')
  const lines: string[] = []
  for await (const line of createInterface(answer)) {
    if (line.trim() === '') continue
    const said = JSON.parse(line.replaceAll(address, 'private.test:5000'))
    delete said.progress
    lines.push(`${JSON.stringify({ at: Math.round(performance.now() - started), ...said })}\n`)
  }
  writeFileSync(join(folder, `${name}.ndjson`), lines.join(''))
}

for (const tag of Object.keys(images)) await record(tag, tag)
await record('first', 'up-to-date')
server.closeAllConnections()
server.close()
