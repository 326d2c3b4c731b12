import { createHash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { pull } from '../../src/run/image/pull.ts'
import type { RunOptions } from '../../src/run/options.ts'
import type { Outcome } from '../../src/run/outcome.ts'
import { run } from '../../src/run/run.ts'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { relay } from './support/relay.ts'
import { engineJson, engineRequest } from './support/request.ts'
import { type Mode, startTrouble } from './support/trouble.ts'

const alice = { username: 'alice', password: 'open>>>sesame???-ключ' }
const second = 1_000
const day = 86_400_000

let engine: TestEngine
let registry: TestRegistry
let image: string
let user: User

beforeAll(async () => {
  engine = await startEngine()
  registry = await startRegistry({ users: { [alice.username]: alice.password } })
  image = `${registry.address}/team/batch:1.4`
  for (const version of ['old', 'new']) {
    await importBusybox(engine.socket, `busybox:${version}`, { changes: [`ENV VERSION=${version}`] })
  }
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
  await expect.poll(connections, { interval: 20, timeout: 10_000 }).toBe(0)
  const images = await engineJson<{ RepoTags: string[] | null }[]>(engine.socket, 'GET', '/images/json')
  for (const name of images.flatMap(({ RepoTags }) => RepoTags ?? [])) {
    if (!name.startsWith('busybox:')) await remove(engine.socket, name)
  }
})

/** How many the Engine has with its clients; one whose client has gone is referred to twice, not three times. */
function connections(): number {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
  return lines.filter(line => line.endsWith(engine.socket) && /: 0*3 .* 03 +\d+ /.test(line)).length
}

interface Told {
  outcome: Outcome
  events: RunEvent[]
  /** Pulls that went out to the Engine. */
  pulls: number
  /** Milliseconds from the beginning of the pull to the container's start, or the failure. */
  waited: number
}

/** A run under `refresh`, of an image that says of itself which one it is. */
async function refresh(options: Partial<RunOptions> & { image: string }): Promise<Told> {
  const times = new Map<string, number>()
  const events: RunEvent[] = []
  const reports: RequestReport[] = []
  const note = (report: unknown) => void reports.push(report as RequestReport)
  subscribe('holdfast:engine:request', note)
  const outcome = await run({
    engine: engine.host,
    command: ['sh', '-c', 'echo $VERSION'],
    pull: 'refresh',
    reject: false,
    onEvent: event => {
      events.push(event)
      times.set(event.type === 'phase' ? event.phase : event.type, performance.now())
    },
    ...options,
  }).finally(() => unsubscribe('holdfast:engine:request', note))
  const ended = times.get('started') ?? times.get('failed') ?? Number.NaN
  const pulls = reports.filter(({ method, path }) => method === 'POST' && path.includes('/images/create'))
  return { outcome, events, pulls: pulls.length, waited: ended - (times.get('pull') ?? Number.NaN) }
}

const staleEvents = ({ events }: Told) => events.filter(({ type }) => type === 'stale')

describe.each<Mode>(['silent', 'silent-manifest'])('a registry that accepts and never answers (%s)', mode => {
  it('costs the connect budget, and the local copy runs', async () => {
    const logged = engine.log().length
    {
      await using trouble = await startTrouble(mode)
      const name = `${trouble.address}/team/batch:1.4`
      await tag(engine.socket, 'busybox:old', name)
      const told = await refresh({ image: name, pullTimeout: { connect: 2 * second } })
      expect(told.outcome).toMatchObject({
        kind: 'ok',
        stdout: 'old\n',
        registry: { contacted: true, registry: trouble.address, reason: 'refresh' },
        stale: {
          kind: 'registry-outage',
          reason: expect.stringContaining('no progress from the Engine within 2 s'),
          age: expect.any(Number),
        },
      })
      expect(staleEvents(told)).toEqual([{ type: 'stale', image: name, ...told.outcome.stale }])
      expect(told.pulls).toBe(1)
      expect(told.waited).toBeGreaterThan(2 * second - 1)
      expect(told.waited).toBeLessThan(6 * second)
      expect(trouble.connections).toBeGreaterThan(0)
    }
    // A graph driver's pull waits for the registry to let go; containerd's image store ends it when we do.
    const stopped = /Not continuing with pull|context canceled/
    await expect.poll(() => engine.log().slice(logged), { interval: 20, timeout: 10_000 }).toMatch(stopped)
  })

  it('is an outage where the image is missing', async () => {
    await using trouble = await startTrouble(mode)
    const name = `${trouble.address}/team/batch:1.4`
    const { outcome, waited } = await refresh({ image: name, pullTimeout: { connect: second } })
    expect(outcome).toMatchObject({
      kind: 'registry-outage',
      stale: null,
      container: null,
      registry: { contacted: true, reason: 'missing' },
      failure: {
        message: expect.stringContaining('no progress from the Engine within 1 s'),
        hint: expect.stringContaining('connect'),
      },
    })
    expect(waited).toBeLessThan(6 * second)
  })
})

interface Hesitant extends AsyncDisposable {
  address: string
  /** Resolves when a manifest was asked for. */
  asked: Promise<unknown>
  /** Lets the manifest's request through. */
  answer(): void
}

/** Answers everything but the first request for a manifest, which has to wait for its answer. */
async function startHesitant(upstream: string): Promise<Hesitant> {
  const asked = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.includes('/manifests/')) {
      asked.resolve()
      await answered.promise
    }
    await relay(request, response, upstream)
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    answer: answered.resolve,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

it('an answer that comes after the budget has ended makes nothing local', async () => {
  await using open = await startRegistry()
  await publish('busybox:new', `${open.address}/team/batch:1.4`)
  await using hesitant = await startHesitant(open.address)
  const name = `${hesitant.address}/team/batch:1.4`
  const logged = engine.log().length
  const { outcome } = await refresh({ image: name, pullTimeout: { connect: 500 } })
  expect(outcome.kind).toBe('registry-outage')
  await hesitant.asked
  hesitant.answer()
  const canceled = /context canceled/
  await expect.poll(() => engine.log().slice(logged), { interval: 20, timeout: 10_000 }).toMatch(canceled)
  expect(await engineRequest(engine.socket, 'GET', `/images/${name}/json`)).toMatchObject({ status: 404 })
  await pull({ engine: engine.host, image: name })
  expect(await engineRequest(engine.socket, 'GET', `/images/${name}/json`)).toMatchObject({ status: 200 })
})

it('a layer that breaks off at every try: the local copy runs after half a minute, with the default limits', async () => {
  await using open = await startRegistry()
  // Each has a layer of its own: the Engine shares the download of one that two pulls want.
  const refreshed = async (end: 'truncate' | 'stall', pad: number) => {
    await importBusybox(engine.socket, `busybox:${end}`, { pad, changes: ['ENV VERSION=new'] })
    await publish(`busybox:${end}`, `${open.address}/${end}/batch:1.4`)
    await remove(engine.socket, `busybox:${end}`)
    await using trouble = await startTrouble('proxy', open.address)
    trouble.blobs = { after: 3_000_000, end }
    const name = `${trouble.address}/${end}/batch:1.4`
    await tag(engine.socket, 'busybox:old', name)
    return await refresh({ image: name })
  }
  for (const { outcome, waited } of await Promise.all([refreshed('truncate', 24), refreshed('stall', 25)])) {
    expect(outcome).toMatchObject({
      kind: 'ok',
      stdout: 'old\n',
      stale: { kind: 'registry-outage', reason: expect.stringContaining('could not be pulled') },
    })
    expect(waited).toBeGreaterThan(20 * second - 1)
    // The Engine's third try, after 15 s, may get a few bytes further: then 20 s more are given.
    expect(waited).toBeLessThan(40 * second)
  }
}, 60_000)

/** Puts a local image into a registry, and takes its name there off the Engine. */
async function publish(local: string, as: string, login?: typeof alice): Promise<void> {
  await tag(engine.socket, local, as)
  await push(engine.socket, as, login)
  await remove(engine.socket, as)
}

describe('a registry that is well', () => {
  it('gives what is newer', async () => {
    await publish('busybox:new', image, alice)
    await tag(engine.socket, 'busybox:old', image)
    const told = await refresh({ image, credentials: alice })
    expect(told).toMatchObject({ pulls: 1, outcome: { kind: 'ok', stdout: 'new\n', stale: null } })
    expect(told.outcome.registry).toMatchObject({ contacted: true, reason: 'refresh' })
    expect(staleEvents(told)).toEqual([])
  })

  it('says that nothing is newer', async () => {
    await publish('busybox:old', image, alice)
    await pull({ engine: engine.host, image, credentials: alice })
    const before = registry.requests().length
    const told = await refresh({ image, credentials: alice })
    expect(told).toMatchObject({ pulls: 1, outcome: { kind: 'ok', stdout: 'old\n', stale: null } })
    expect(told.outcome.registry).toMatchObject({ contacted: true, reason: 'refresh' })
    const asked = registry.requests().slice(before)
    expect(asked.filter(({ path }) => path.includes('/blobs/'))).toEqual([])
  })

  it('is not asked for what a digest names', async () => {
    await publish('busybox:old', image, alice)
    await pull({ engine: engine.host, image, credentials: alice })
    const digest = await digestOf(image)
    const before = registry.requests().length
    const told = await refresh({ image: `${image}@${digest}`, credentials: alice })
    expect(told).toMatchObject({ pulls: 0, outcome: { kind: 'ok', stdout: 'old\n', stale: null } })
    expect(told.outcome.registry).toEqual({ contacted: false })
    expect(registry.requests()).toHaveLength(before)
  })
})

async function digestOf(name: string): Promise<string> {
  const { RepoDigests } = await engineJson<{ RepoDigests: string[] }>(
    engine.socket,
    'GET',
    `/images/${name}/json`,
  )
  const own = RepoDigests.find(digest => digest.startsWith(`${registry.address}/`))
  return own?.slice(own.indexOf('@') + 1) ?? ''
}

describe('a refusal', () => {
  const refusals = [
    { what: 'a wrong password', password: 'wrong', version: '1.4', kind: 'registry-denied' },
    { what: 'a tag that is gone', password: alice.password, version: 'gone', kind: 'registry-not-found' },
  ]

  function refused({ password, version }: (typeof refusals)[number]): string {
    const auth = Buffer.from(`${alice.username}:${password}`).toString('base64')
    user.write('config.json', { auths: { [registry.address]: { auth } } })
    return `${registry.address}/team/batch:${version}`
  }

  it.each(refusals)('ends the run, though the image is local: $what', async refusal => {
    const name = refused(refusal)
    await tag(engine.socket, 'busybox:old', name)
    const ended = await user.run(['run', '--pull', 'refresh', name, 'echo', 'done'])
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toContain(`holdfast: ${refusal.kind}: `)
    expect(ended.stderr).toContain('The local copy did not run: this is not an outage (--stale-if). ')
  })

  it.each(refusals)('is no matter to --stale-if any: $what', async refusal => {
    const name = refused(refusal)
    await tag(engine.socket, 'busybox:old', name)
    const args = ['run', '--pull', 'refresh', '--stale-if', 'any', '--quiet', name, 'echo', 'done']
    const ended = await user.run(args)
    expect(ended).toMatchObject({ status: 0, text: 'done\n' })
    expect(ended.stderr).toMatch(new RegExp(`^holdfast: STALE: .*${refusal.kind}: .*\n$`))
  })
})

describe('the age of a copy', () => {
  /** Puts an image into the registry that says of itself that it was built then. */
  async function publishBuilt(created: string): Promise<void> {
    await publish('busybox:old', image, alice)
    const url = `http://${registry.address}/v2/team/batch`
    const pair = Buffer.from(`${alice.username}:${alice.password}`).toString('base64')
    const headers = { authorization: `Basic ${pair}` }
    const types = [
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.oci.image.manifest.v1+json',
    ]
    const accept = { ...headers, accept: types.join(', ') }
    const answer = await fetch(`${url}/manifests/1.4`, { headers: accept })
    const manifest = (await answer.json()) as { config: { digest: string; size: number } }
    const blob = await fetch(`${url}/blobs/${manifest.config.digest}`, { headers })
    const config = JSON.stringify({ ...((await blob.json()) as object), created })
    const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`
    const upload = await fetch(`${url}/blobs/uploads/`, { method: 'POST', headers })
    const place = new URL(upload.headers.get('location') ?? '', url)
    place.searchParams.set('digest', digest)
    const uploaded = await fetch(place, { method: 'PUT', headers, body: config })
    expect(uploaded.status).toBe(201)
    const body = JSON.stringify({
      ...manifest,
      config: { ...manifest.config, digest, size: Buffer.byteLength(config) },
    })
    const type = answer.headers.get('content-type') ?? ''
    const put = await fetch(`${url}/manifests/1.4`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': type },
      body,
    })
    expect(put.status).toBe(201)
  }

  it('is that of the build where the Engine does not note when it pulled, and decides whether it may run', async () => {
    await publishBuilt(new Date(Date.now() - 9 * day).toISOString())
    await using trouble = await startTrouble('proxy', registry.address)
    const name = `${trouble.address}/team/batch:1.4`
    await pull({ engine: engine.host, image: name, credentials: alice })
    expect(await lastTagTime(name, engine)).toBe('0001-01-01T00:00:00Z')
    trouble.mode = '500'
    // No time is left for another try.
    const down = { image: name, pullTimeout: { total: 400 } }
    const young = await refresh({ ...down, maxStale: 7 * day })
    expect(young).toMatchObject({ outcome: { kind: 'registry-outage', stale: null, container: null } })
    expect(young.outcome.failure?.hint).toContain(
      'it is 9 days old, and may be 7 days old at most (the option maxStale)',
    )
    const { outcome } = await refresh({ ...down, maxStale: 30 * day })
    expect(outcome).toMatchObject({ kind: 'ok', stdout: 'old\n', stale: { kind: 'registry-outage' } })
    expect(outcome.stale?.age).toBeGreaterThan(9 * day)
    expect(outcome.stale?.age).toBeLessThan(10 * day)
  })

  it("is that of the last pull with containerd's image store, which also drops a pull at once", async ({
    skip,
  }) => {
    const { Version } = await engineJson<{ Version: string }>(engine.socket, 'GET', '/version')
    skip(Number.parseInt(Version, 10) <= 20, 'this Engine has no such store')
    await publishBuilt(new Date(Date.now() - 9 * day).toISOString())
    await using other = await startEngine({ store: 'containerd' })
    await using trouble = await startTrouble('proxy', registry.address)
    const name = `${trouble.address}/team/batch:1.4`
    const before = Date.now()
    await pull({ engine: other.host, image: name, credentials: alice })
    expect(Date.parse(await lastTagTime(name, other))).toBeGreaterThanOrEqual(before)
    trouble.mode = 'silent-manifest'
    const down = { engine: other.host, image: name, pullTimeout: { connect: second } }
    const { outcome, waited } = await refresh({ ...down, maxStale: 7 * day })
    expect(outcome).toMatchObject({ kind: 'ok', stdout: 'old\n', stale: { kind: 'registry-outage' } })
    expect(outcome.stale?.age).toBeLessThanOrEqual(Date.now() - before)
    expect(waited).toBeLessThan(5 * second)
    await trouble.waitForNoConnections()
    expect(await leftBehind(other.socket)).toEqual([])
  })
})

async function lastTagTime(name: string, { socket }: TestEngine): Promise<string> {
  const path = `/images/${name}/json`
  const { Metadata } = await engineJson<{ Metadata: { LastTagTime: string } }>(socket, 'GET', path)
  return Metadata.LastTagTime
}
