import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { HoldfastError } from '../../src/run/failure.ts'
import { pull } from '../../src/run/image/pull.ts'
import type { PullTimeout } from '../../src/run/options.ts'
import { User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { engineJson, engineRequest } from './support/request.ts'
import { type BlobAnswer, type BlobCut, startTrouble, type Trouble } from './support/trouble.ts'

const stores = ['graph', 'containerd'] as const
type Store = (typeof stores)[number]

/** MiB of their one layer. One each: the containerd store goes on where a pull was dropped. */
const images = { freezes: 4, slow: 16, thin: 4 }
type Name = keyof typeof images | 'tiny'
const kibibyte = 1_024

const engines = new Map<Store, TestEngine>()
let registry: TestRegistry
const layers = new Map<Name, string>()

beforeAll(async () => {
  const engine = await startEngine()
  engines.set('graph', engine)
  const { Version } = await engineJson<{ Version: string }>(engine.socket, 'GET', '/version')
  if (Number.parseInt(Version, 10) > 20) engines.set('containerd', await startEngine({ store: 'containerd' }))
  registry = await startRegistry()
  for (const [name, pad] of Object.entries(images) as [keyof typeof images, number][]) {
    await importBusybox(engine.socket, `${registry.address}/${name}:1`, { pad })
    await publish(engine, name)
  }
  await importTiny(engine.socket, `${registry.address}/tiny`)
  await publish(engine, 'tiny')
})

afterEach(async () => {
  for (const { socket } of engines.values()) {
    expect(await engineJson(socket, 'GET', '/images/json')).toEqual([])
  }
})

afterAll(async () => {
  for (const engine of engines.values()) await engine.stop()
  await registry?.stop()
})

async function publish({ socket }: TestEngine, name: Name): Promise<void> {
  const image = `${registry.address}/${name}:1`
  await push(socket, image)
  layers.set(name, await layerOf(name))
  await remove(socket, image)
}

/** An image whose layer has fewer than 200 bytes. */
async function importTiny(socket: string, repo: string): Promise<void> {
  const tar = pack()
  tar.entry({ name: 'a' }, 'tiny\n')
  tar.finalize()
  const query = new URLSearchParams({ fromSrc: '-', repo, tag: '1' })
  const headers = { 'content-type': 'application/x-tar' }
  const { status } = await engineRequest(socket, 'POST', `/images/create?${query}`, { body: tar, headers })
  expect(status).toBe(200)
}

async function layerOf(name: string): Promise<string> {
  const types = [
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
  ]
  const headers = { accept: types.join(', ') }
  const answer = await fetch(`http://${registry.address}/v2/${name}/manifests/1`, { headers })
  const { layers } = (await answer.json()) as { layers: { digest: string }[] }
  expect(layers).toHaveLength(1)
  return layers[0]?.digest ?? ''
}

/** The registry, and what becomes of an image's layer. */
async function startProxy(name: Name, blob: BlobCut | BlobAnswer): Promise<Trouble & { image: string }> {
  const trouble = await startTrouble('proxy', registry.address)
  trouble.blobs = { ...blob, digest: layers.get(name) ?? '' }
  return Object.assign(trouble, { image: `${trouble.address}/${name}:1` })
}

function engineWith(store: Store, skip: (note: string) => never): TestEngine {
  return engines.get(store) ?? skip('this Engine has no such store')
}

interface Failed {
  failure: HoldfastError
  /** What the Engine said of the pull. */
  lines: Extract<RunEvent, { type: 'progress' }>[]
}

/** A pull whose budget ends; the Engine must be seen to stop. */
async function fail(engine: TestEngine, image: string, pullTimeout: PullTimeout): Promise<Failed> {
  const logged = engine.log().length
  const lines: Failed['lines'] = []
  const failure = await pull({
    engine: engine.host,
    image,
    pullTimeout,
    onEvent: event => {
      if (event.type === 'progress') lines.push(event)
    },
  }).catch(error => error)
  expect(failure).toBeInstanceOf(HoldfastError)
  expect(failure.kind).toBe('registry-outage')
  await expect
    .poll(() => engine.log().slice(logged), { interval: 20, timeout: 10_000 })
    .toMatch(/context canceled/)
  return { failure, lines }
}

function expectEndedBy(part: keyof PullTimeout, { failure }: Failed): void {
  const what = {
    connect: 'no progress from the Engine',
    idle: 'no progress for',
    total: 'it was not done after',
  }[part]
  expect(failure.message).toContain(`could not be pulled: ${what}`)
  expect(failure.hint).toContain(`Give it longer with the option pullTimeout.${part}.`)
}

it.for(stores)('a layer that freezes halfway: idle ends the pull (%s)', async (store, { skip }) => {
  const engine = engineWith(store, skip)
  await using trouble = await startProxy('freezes', { after: 'half', end: 'stall' })
  const failed = await fail(engine, trouble.image, { idle: 1_000, total: 20_000 })
  expectEndedBy('idle', failed)
  expect(failed.lines.map(({ status }) => status)).toContain('Downloading')
  // The next one waits neither for the frozen layer nor with it.
  trouble.blobs = undefined
  await pull({ engine: engine.host, image: trouble.image })
  await remove(engine.socket, trouble.image)
})

it.for(stores)('a layer that comes slowly: total ends the pull, not idle (%s)', async (store, { skip }) => {
  const engine = engineWith(store, skip)
  // At each percent or half MiB a graph driver has a word for it, the containerd store at each MiB.
  const pace = { bytes: 64 * kibibyte, everyMs: 25 }
  await using trouble = await startProxy('slow', { after: 'half', end: 'trickle', pace })
  const failed = await fail(engine, trouble.image, { idle: 1_000, total: 2_000 })
  expectEndedBy('total', failed)
  expect(new Set(failed.lines.map(({ current }) => current)).size).toBeGreaterThan(3)
  await trouble.waitForNoConnections()
})

it.for(stores)('bytes too few for the Engine to speak of are silence (%s)', async (store, { skip }) => {
  const engine = engineWith(store, skip)
  const pace = { bytes: 1, everyMs: 50 }
  await using trouble = await startProxy('thin', { after: 'half', end: 'trickle', pace })
  expectEndedBy('idle', await fail(engine, trouble.image, { idle: 1_000, total: 20_000 }))
  await trouble.waitForNoConnections()
})

it('of a tiny layer a graph driver reports each byte or two: total ends the pull, not idle', async () => {
  const engine = engineWith('graph', expect.unreachable)
  const pace = { bytes: 1, everyMs: 100 }
  await using trouble = await startProxy('tiny', { after: 'half', end: 'trickle', pace })
  const failed = await fail(engine, trouble.image, { idle: 1_000, total: 2_500 })
  expectEndedBy('total', failed)
  const bytes = failed.lines.flatMap(({ current }) => current ?? [])
  expect(bytes.length).toBeGreaterThan(5)
  for (const [at, now] of bytes.entries()) expect(now - (bytes[at - 1] ?? now)).toBeLessThanOrEqual(2)
})

it("the Engine's own waiting for its next try is no silence", async () => {
  const engine = engineWith('graph', expect.unreachable)
  await using trouble = await startProxy('freezes', { answer: '500' })
  const failed = await fail(engine, trouble.image, { idle: 2_000, total: 3_500 })
  expectEndedBy('total', failed)
  const waiting = failed.lines.map(({ status }) => status).filter(status => status.startsWith('Retrying in '))
  expect(waiting.length).toBeGreaterThan(2)
})

it('the command says which part of the budget has ended', async () => {
  const user = new User(engineWith('graph', expect.unreachable).host)
  await using trouble = await startProxy('freezes', { after: 'half', end: 'stall' })
  const ended = await user.run(['pull', '--pull-timeout', 'idle=1s,total=1m', '--quiet', trouble.image])
  expect(ended).toMatchObject({ status: 125, text: '' })
  const [what, hint] = ended.stderr.split('\n')
  expect(what).toBe(`holdfast: registry-outage: ${trouble.image} could not be pulled: no progress for 1 s`)
  expect(hint).toContain('--pull-timeout idle=VALUE.')
  expect(user.leave()).toEqual([])
})
