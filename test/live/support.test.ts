import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, pull, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { containers, engineJson, engineRequest } from './support/request.ts'
import { type Mode, startTrouble } from './support/trouble.ts'

const login = { username: 'alice', password: 'open>>>sesame???' }

let engine: TestEngine
let registry: TestRegistry

beforeAll(async () => {
  engine = await startEngine({ bridge: true, flags: ['--live-restore'] })
  registry = await startRegistry({ users: { [login.username]: login.password } })
  await importBusybox(engine.socket, 'busybox:live')
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
})

async function start(socket: string, command: string[], options: object = {}): Promise<string> {
  const { Id } = await engineJson<{ Id: string }>(socket, 'POST', '/containers/create', {
    Image: 'busybox:live',
    Cmd: command,
    ...options,
  })
  await engineJson(socket, 'POST', `/containers/${Id}/start`)
  return Id
}

async function finish(socket: string, id: string) {
  await engineJson(socket, 'POST', `/containers/${id}/wait`)
  const { State } = await engineJson<{ State: { ExitCode: number; OOMKilled: boolean } }>(
    socket,
    'GET',
    `/containers/${id}/json`,
  )
  const { body } = await engineRequest(socket, 'GET', `/containers/${id}/logs?stdout=1&stderr=1`)
  return { ...State, output: body }
}

function running(words: string): string[] {
  return globSync('/proc/[0-9]*/cmdline')
    .map(file => {
      try {
        return readFileSync(file, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter(line => line.includes(words))
}

function leftovers(directory: string): string[] {
  const name = directory.slice(directory.lastIndexOf('/') + 1)
  return [
    ...running(name),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter(line => line.includes(name)),
    ...globSync(`/sys/fs/cgroup/{,*/}${name}`),
    ...(existsSync(directory) ? [directory] : []),
  ]
}

/** The Engine's bridge, that of a network, and what ties the one container on it. Other tests have their own meanwhile. */
async function linksOf({ socket }: TestEngine, network: string): Promise<string[]> {
  const { Options } = await engineJson<{ Options: Record<string, string> }>(socket, 'GET', '/networks/bridge')
  const bridge = `/sys/class/net/br-${network.slice(0, 12)}`
  const ports = readdirSync(`${bridge}/brif`).map(name => `/sys/class/net/${name}`)
  return [`/sys/class/net/${Options['com.docker.network.bridge.name']}`, bridge, ...ports]
}

describe('an engine', () => {
  it('leaves nothing behind, whatever ran on it', async () => {
    await using doomed = await startEngine({ bridge: true })
    await importBusybox(doomed.socket, 'busybox:live')
    const { Id } = await engineJson<{ Id: string }>(doomed.socket, 'POST', '/networks/create', { Name: 'a' })
    await start(doomed.socket, ['sleep', '31337'], { HostConfig: { NetworkMode: Id } })
    await vi.waitFor(() => expect(running('sleep 31337')).toHaveLength(1))
    expect(leftovers(doomed.directory)).not.toEqual([])
    const links = await linksOf(doomed, Id)
    expect(links.map(existsSync)).toEqual([true, true, true])
    await doomed.stop()
    expect(running('sleep 31337')).toEqual([])
    expect(leftovers(doomed.directory)).toEqual([])
    expect(links.filter(existsSync)).toEqual([])
    expect(doomed.log()).toContain('API listen on')
  })

  it('ends with the process that started it', async () => {
    const module = join(import.meta.dirname, 'support/engine.ts')
    const owner = spawn(process.execPath, [
      '--input-type=module-typescript',
      '--eval',
      `import { startEngine } from ${JSON.stringify(module)}; console.log((await startEngine()).directory)`,
    ])
    const [line] = await once(owner.stdout.setEncoding('utf8'), 'data')
    const directory = String(line).trim()
    expect(leftovers(directory)).not.toEqual([])
    owner.kill('SIGKILL')
    await vi.waitFor(() => expect(leftovers(directory)).toEqual([]), { timeout: 20_000 })
  })

  it('says why it did not start', async () => {
    await expect(startEngine({ flags: ['--no-such-flag'] })).rejects.toThrow('unknown flag: --no-such-flag')
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps containers through a restart by %s', async signal => {
    const id = await start(engine.socket, ['sleep', '1000'])
    await engine.kill(signal)
    await expect(engineRequest(engine.socket, 'GET', '/_ping')).rejects.toThrow()
    await engine.start()
    const found = (await containers(engine.socket)).find(({ Id }) => Id === id)
    expect(found?.State).toBe('running')
    await engineJson(engine.socket, 'DELETE', `/containers/${id}?force=1`)
  })

  it('kills what takes more memory than it may', async () => {
    // The job waits: an OOM within some 30 ms of the start escapes containerd in one of fifteen runs.
    const greedy = ['sh', '-c', 'sleep 1; exec dd if=/dev/zero of=/dev/null bs=200M count=1']
    const id = await start(engine.socket, greedy, { HostConfig: { Memory: 16 * 2 ** 20 } })
    expect(await finish(engine.socket, id)).toMatchObject({ OOMKilled: true, ExitCode: 137 })
  })

  it('has an init for containers', async () => {
    const id = await start(engine.socket, ['cat', '/proc/1/cmdline'], {
      Tty: true,
      HostConfig: { Init: true },
    })
    expect(await finish(engine.socket, id)).toMatchObject({ output: expect.stringContaining('docker-init') })
  })

  it('publishes ports on its bridge', async () => {
    const id = await start(engine.socket, ['sh', '-c', 'echo hello | nc -l -p 8000'], {
      ExposedPorts: { '8000/tcp': {} },
      HostConfig: { PortBindings: { '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    })
    const { NetworkSettings } = await engineJson<{
      NetworkSettings: { Ports: Record<string, { HostPort: string }[]> }
    }>(engine.socket, 'GET', `/containers/${id}/json`)
    const port = Number(NetworkSettings.Ports['8000/tcp']?.[0]?.HostPort)
    await vi.waitFor(
      async () =>
        expect(await text(createConnection({ host: '127.0.0.1', port, allowHalfOpen: true }))).toBe(
          'hello\n',
        ),
      { timeout: 10_000 },
    )
    await engineJson(engine.socket, 'DELETE', `/containers/${id}?force=1`)
  })

  it('can be short of disk', async () => {
    await using small = await startEngine({ diskMiB: 16 })
    await using open = await startRegistry()
    const image = `${open.address}/big:1`
    await importBusybox(engine.socket, image, { pad: 24 })
    await push(engine.socket, image)
    const { status, body } = await pull(small.socket, image)
    expect(status).toBe(200)
    expect(body).toMatch(/"errorDetail":\{.*no space left on device/)
    await remove(engine.socket, image)
  })
})

describe('a registry', () => {
  it('gives a private image to users who may have it, and remembers which user asked', async () => {
    const image = `${registry.address}/team/batch:1.4`
    await tag(engine.socket, 'busybox:live', image)
    await expect(push(engine.socket, image, { ...login, password: 'wrong' })).rejects.toThrow('unauthorized')
    await push(engine.socket, image, login)
    await remove(engine.socket, image)

    const before = registry.requests().length
    expect(await pull(engine.socket, image)).toMatchObject({
      status: 500,
      body: expect.stringContaining('no basic auth credentials'),
    })
    const anonymous = registry.requests().slice(before)
    expect(anonymous[0]).toMatchObject({ method: 'GET', path: '/v2/', status: 401, authorization: false })
    expect(anonymous.filter(({ authorization }) => authorization)).toEqual([])

    expect(await pull(engine.socket, image, { login })).toMatchObject({
      status: 200,
      body: expect.stringContaining('Downloaded newer image'),
    })
    expect(registry.requests()).toContainEqual({
      method: 'HEAD',
      path: '/v2/team/batch/manifests/1.4',
      status: 200,
      authorization: true,
      user: login.username,
    })
  })
})

describe('a registry in trouble', () => {
  it.each<[Mode, RegExp]>([
    ['500', /500 Internal Server Error/],
    ['503', /503 Service Unavailable/],
    ['429', /toomanyrequests/],
    ['401', /no basic auth credentials/],
    ['403', /pull access denied/],
    ['404', /not found: manifest unknown/],
    ['reset', /connection reset by peer/],
    ['html', /invalid character '<'/],
  ])('%s', async (mode, words) => {
    await using trouble = await startTrouble(mode)
    const { status, body } = await pull(engine.socket, `${trouble.address}/team/batch:1.4`)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(body).toMatch(words)
    expect(trouble.connections).toBeGreaterThan(0)
    await trouble.waitForNoConnections()
  })

  it('silent, and the next moment not', async () => {
    await using trouble = await startTrouble('silent')
    const image = `${trouble.address}/team/batch:1.4`
    const leaving = new AbortController()
    const pulled = pull(engine.socket, image, { signal: leaving.signal })
    await trouble.waitForConnection()
    leaving.abort()
    await expect(pulled).rejects.toThrow('aborted')
    trouble.mode = '503'
    expect((await pull(engine.socket, image)).body).toContain('503')
  })

  it('slow: a byte a second', async () => {
    await using trouble = await startTrouble('slow')
    const [host, port] = trouble.address.split(':')
    const socket = createConnection({ host, port: Number(port) })
    socket.write('GET /v2/ HTTP/1.1\r\n\r\n')
    const chunks = socket.iterator()
    expect(String((await chunks.next()).value)).toBe('H')
    expect(String((await chunks.next()).value)).toBe('T')
    await chunks.return?.()
  })
})

describe('a blob on its way through a proxy', () => {
  let open: TestRegistry

  beforeAll(async () => {
    open = await startRegistry()
    await importBusybox(engine.socket, `${open.address}/big:1`, { pad: 24 })
    await push(engine.socket, `${open.address}/big:1`)
    await remove(engine.socket, `${open.address}/big:1`)
  })

  afterAll(async () => {
    await open?.stop()
  })

  it('slows down, and is let go of by an Engine whose client has gone', async () => {
    await using trouble = await startTrouble('proxy', open.address)
    trouble.blobs = { after: 2 ** 24, end: 'trickle' }
    const leaving = new AbortController()
    const cut = trouble.waitForCut()
    const pulled = pull(engine.socket, `${trouble.address}/big:1`, { signal: leaving.signal })
    await cut
    expect(trouble.open).toBeGreaterThan(0)
    leaving.abort()
    await expect(pulled).rejects.toThrow('aborted')
    await trouble.waitForNoConnections()
  })

  it('is truncated, then whole', async () => {
    await using trouble = await startTrouble('proxy', open.address)
    trouble.blobs = { after: 2 ** 24, end: 'truncate' }
    const cut = trouble.waitForCut()
    const pulled = pull(engine.socket, `${trouble.address}/big:1`)
    await cut
    trouble.blobs = undefined
    const { body } = await pulled
    expect(body).toContain('Retrying in')
    expect(body).toContain('Downloaded newer image')
  })
})
