import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import type { Progress } from '../../src/engine/wire.ts'
import { chunk, chunkedHead, end, hold, json, reset, text } from '../support/byte-server.ts'
import { engineAt, scripted } from '../support/engines.ts'
import { collect, engineError, exposure, rejection } from '../support/errors.ts'
import { engineEvent, engineInfo, inspectedImage } from '../support/responses.ts'
import { passwords, registryAuth, spellings } from '../support/secrets.ts'

const noContent = 'HTTP/1.1 204 No Content\r\n\r\n'
const rawConnection = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

const known = { DOCKER_API_VERSION: '1.41' }

/** What is published while a test runs. */
function reports(): unknown[] {
  const published: unknown[] = []
  const record = (message: unknown) => published.push(message)
  subscribe('holdfast:engine:request', record)
  onTestFinished(() => void unsubscribe('holdfast:engine:request', record))
  return published
}

test('no connection is opened before the first request', async () => {
  const { server, engine } = await scripted([])
  expect(await engine.address()).toBe(server.address)
  await engine.close()
  expect(server.accepted).toBe(0)
})

test('connections carry one request after another, whatever the status', async () => {
  const { server } = await scripted([
    { on: /start/, steps: ['HTTP/1.1 304 Not Modified\r\n\r\n'] },
    { on: /kill/, steps: [noContent] },
    { on: /nope/, steps: [json(404, { message: 'No such container: nope' })] },
    { on: 'DELETE', steps: [text(200, '')] },
    { on: /info/, steps: [json(200, { ID: 'x' })] },
  ])
  const engine = engineAt(server.address, known)
  for (let round = 0; round < 3; round++) {
    await engine.containers.start('c')
    await engine.containers.kill('c')
    await engine.containers.remove('c')
    await engineError(engine.containers.inspect('nope'))
    await engine.system.info()
  }
  expect(server.requests).toHaveLength(15)
  expect(server.accepted).toBe(1)
})

test('a request is a request of HTTP/1.1, and nothing is added to it', async () => {
  const { server, engine } = await scripted([{ on: 'POST', steps: [noContent] }])
  await engine.containers.start('c')
  const start = server.requests.find(({ method }) => method === 'POST')
  expect(start?.text).toBe(
    'POST /v1.41/containers/c/start HTTP/1.1\r\nhost: docker\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n',
  )
})

test('a base path stands before every path', async () => {
  const { server } = await scripted(
    [{ on: '', steps: [json(200, { ...inspectedImage, ...engineInfo }, { 'Api-Version': '1.41' })] }],
    'tcp',
  )
  const engine = engineAt(`${server.address}/docker/`)
  await engine.images.inspect('x')
  await engine.system.info()
  expect(server.paths).toEqual(['GET /docker/images/x/json', 'GET /docker/v1.41/info'])
  await expect(engine.request({ method: 'POST', path: '/auth' })).rejects.toMatchObject({ code: 'forbidden' })
})

test('what is found out about the place is kept, a failure is not', async () => {
  const config = await mkdtemp(join(tmpdir(), 'holdfast-engine-'))
  onTestFinished(() => rm(config, { recursive: true, force: true }))
  const { server } = await scripted([])
  const env: NodeJS.ProcessEnv = { DOCKER_CONTEXT: 'later' }
  const engine = connect({ config, env })
  onTestFinished(() => engine.close())
  expect(await engineError(engine.apiVersion())).toMatchObject({ code: 'usage' })
  env.DOCKER_HOST = server.address
  expect(await engine.apiVersion()).toBe('1.41')
  env.DOCKER_HOST = 'tcp://elsewhere'
  expect(await engine.address()).toBe(server.address)
})

test('a certificate that could not be read is looked for again', async () => {
  const engine = engineAt('https://127.0.0.1:1', { DOCKER_CERT_PATH: '/no/such', DOCKER_TLS_VERIFY: '1' })
  for (let round = 0; round < 2; round++) {
    const error = await engineError(engine.apiVersion())
    expect(error).toMatchObject({ code: 'tls', kind: 'engine-unreachable' })
    expect(error.message).toMatch(/\/no\/such\/(ca|cert|key)\.pem can't be read \(ENOENT\)/)
  }
})

test.each(['address', 'request'] as const)('a bad address is reported by %s', async how => {
  const engine = engineAt('nowhere://x')
  const asked = how === 'address' ? engine.address() : engine.request({ method: 'GET', path: '/x' })
  expect(await engineError(asked)).toMatchObject({ code: 'usage' })
})

test('a connection that died in the pool: what only reads is asked again, what acts is not', async () => {
  const { server, engine } = await scripted([
    { on: 'GET /v1.41/info', steps: [reset] },
    { on: 'GET /v1.41/info', steps: [json(200, { ID: 'x' })] },
    { on: 'POST', steps: [reset] },
  ])
  expect((await engine.system.info()).ID).toBe('x')
  expect(await engineError(engine.containers.create({ Image: 'x' }))).toMatchObject({
    code: 'connection-lost',
  })
  expect(server.paths).toEqual([
    'HEAD /_ping',
    'GET /v1.41/info',
    'GET /v1.41/info',
    'POST /v1.41/containers/create',
  ])
})

test('what only reads is asked again once, and no more', async () => {
  const { server, engine } = await scripted([{ on: 'GET', steps: [reset] }])
  expect(await engineError(engine.system.info())).toMatchObject({
    code: 'connection-lost',
    request: 'GET /v1.41/info',
  })
  expect(server.paths.filter(path => path.endsWith('/info'))).toHaveLength(2)
})

test('an Engine that ended a kept connection meanwhile', async () => {
  const { server } = await scripted([
    { on: 'POST', steps: [noContent, end] },
    { on: 'POST', steps: [noContent] },
  ])
  const engine = engineAt(server.address, known)
  await engine.containers.start('a')
  await server.vacant()
  await engine.containers.start('b')
  expect(server.accepted).toBe(2)
})

test('close ends what is under way, and says so', async () => {
  const { server, engine } = await scripted([
    { on: /start/, steps: [hold] },
    { on: /logs/, steps: [chunkedHead(), chunk('a'), hold] },
    { on: /attach/, steps: [rawConnection, hold] },
    { on: /events/, steps: [chunkedHead(), hold] },
  ])
  const attached = await engine.containers.attach('c', { tty: true })
  const output = collect(attached.output)
  const logs = collect(await engine.containers.logs('c', { tty: true }))
  const events = collect(await engine.system.events())
  const started = engineError(engine.containers.start('c'))
  await server.until('all are asked', () => server.requests.length === 5)
  await engine.close()
  const closed = { code: 'closed', kind: 'usage', message: 'this Engine has been closed' }
  expect(await started).toMatchObject(closed)
  for (const { error } of await Promise.all([output, logs, events])) expect(error).toMatchObject(closed)
  await server.vacant()
})

test('a closed Engine sends nothing', async () => {
  const { server, engine } = await scripted([])
  await engine.apiVersion()
  await engine.close()
  await engine.close()
  expect(await engineError(engine.system.info())).toMatchObject({ code: 'closed' })
  expect(await engineError(engine.containers.start('c'))).toMatchObject({ code: 'closed' })
  expect(server.paths).toEqual(['HEAD /_ping'])
})

test('using: closed at the end of the block', async () => {
  const { server } = await scripted([{ on: 'GET', steps: [json(200, engineInfo)] }])
  {
    await using engine = connect({ host: server.address, env: {} })
    await engine.system.info()
  }
  await server.vacant()
})

test('a hundred requests leave no listener on the signal', async () => {
  const { engine } = await scripted([
    { on: /info/, steps: [json(200, engineInfo)] },
    { on: /start/, steps: [noContent] },
    { on: /events/, steps: [chunkedHead(), chunk(`${JSON.stringify(engineEvent)}\n`), chunk('')] },
    { on: /nope/, steps: [text(404, 'no')] },
  ])
  const { signal } = new AbortController()
  for (let round = 0; round < 25; round++) {
    await engine.system.info({ signal })
    await engine.containers.start('c', { signal })
    await collect(await engine.system.events({ signal }))
    await engineError(engine.containers.inspect('nope', { signal }))
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a raw connection that has ended leaves no listener on the signal', async () => {
  const { engine, server } = await scripted([{ on: /attach/, steps: [rawConnection, 'x', end] }])
  const { signal } = new AbortController()
  await collect((await engine.containers.attach('c', { tty: true, signal })).output)
  await server.vacant()
  await server.until('the listener is gone', () => getEventListeners(signal, 'abort').length === 0)
})

test('requests are reported, with the presence of credentials and never their value', async () => {
  const published = reports()
  const { server, engine } = await scripted([
    { on: 'POST /v1.41/images/create', steps: [chunkedHead(), chunk('{"status":"x"}\n'), chunk('')] },
    { on: /start/, steps: [reset] },
    { on: /nope/, steps: [text(404, 'no')] },
  ])
  const auth = registryAuth({ username: 'me', password: 'hunter2' })
  await engine.images.pull({ fromImage: 'x', tag: '1', registryAuth: auth })
  await engineError(engine.containers.start('c'))
  await engineError(engine.containers.inspect('nope'))
  await rejection(engine.containers.kill('c', { signal: AbortSignal.abort() }))
  const [ping, pull, start, inspect, kill] = published
  const common = { engine: server.address, ms: expect.any(Number) }
  expect(ping).toEqual({ ...common, method: 'HEAD', path: '/_ping', registryAuth: 'absent', status: 200 })
  expect(pull).toEqual({
    ...common,
    method: 'POST',
    path: '/v1.41/images/create?fromImage=x&tag=1',
    registryAuth: 'present',
    status: 200,
  })
  expect(start).toMatchObject({
    path: '/v1.41/containers/c/start',
    registryAuth: 'absent',
    error: 'connection-lost',
  })
  expect(start).not.toHaveProperty('status')
  expect(inspect).toMatchObject({ method: 'GET', status: 404 })
  expect(kill).toMatchObject({ error: 'aborted' })
  expect(published).toHaveLength(5)
  expect(exposure(published)).not.toContain(auth)
  expect(exposure(published)).not.toContain('hunter2')
})

/** No piece of the password of three letters or more may be seen. */
function expectNoneOf(password: string, values: readonly unknown[]): void {
  for (const value of values)
    for (const run of password.match(/[A-Za-z0-9]{3,}/g) ?? [password])
      expect(exposure(value)).not.toContain(run)
}

const roads = {
  'an error of JSON': (echo: string) => [json(500, { message: `bad: ${echo}` })],
  'plain text': (echo: string) => [text(401, `bad: ${echo}`)],
  'the title of a page': (echo: string) => [text(502, `<html><title>${echo}</title>`)],
  'the stream': (echo: string) => [
    chunkedHead(),
    chunk(`${JSON.stringify({ errorDetail: { message: `bad: ${echo}` }, error: `bad: ${echo}` })}\n`),
    chunk(''),
  ],
  'a broken line': (echo: string) => [chunkedHead(), chunk(`{"status": ${echo}\n`), chunk('')],
  'a broken connection': (echo: string) => [
    chunkedHead(),
    chunk(`{"status":${JSON.stringify(echo)}}\n`),
    reset,
  ],
  'no HTTP': (echo: string) => [`${echo}\r\n\r\n`, end],
  'no answer': () => [reset],
}

test.each(passwords.flatMap(password => Object.keys(roads).map(road => [password, road] as const)))(
  'the password %s does not come back by %s',
  async (password, road) => {
    const published = reports()
    const steps = roads[road as keyof typeof roads]
    const forms = Object.values(spellings('me', password))
    const { engine } = await scripted(
      forms.map(form => ({ on: 'POST /v1.41/images/create', steps: steps(form) })),
    )
    const auth = registryAuth({ username: 'me', password, serveraddress: 'r.io' })
    for (const _ of forms) {
      const items: Progress[] = []
      const onProgress = (message: Progress) => void items.push(message)
      const error = await rejection(
        engine.images.pull({ fromImage: 'x', tag: '1', registryAuth: auth, onProgress }),
      )
      expect(error, road).toBeInstanceOf(Error)
      expectNoneOf(password, [items, error])
      expect(exposure([items, error])).not.toContain(auth)
    }
    expectNoneOf(password, published)
  },
)

test('closing aborts closedSignal, once', async () => {
  const { engine } = await scripted([])
  const heard: unknown[] = []
  engine.closedSignal.addEventListener('abort', () => heard.push(engine.closedSignal.reason))
  await engine.close()
  await engine.close()
  expect(heard).toMatchObject([{ code: 'closed', message: 'this Engine has been closed' }])
})
