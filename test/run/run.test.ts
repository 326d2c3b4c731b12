import { getEventListeners } from 'node:events'
import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { RunError } from '../../src/run/outcome.ts'
import { ownVersion } from '../../src/run/own-version.ts'
import { run } from '../../src/run/run.ts'
import { rejection } from '../support/errors.ts'
import { FakeEngine, type Setup } from '../support/fake-engine.ts'
import type { Exchange, Operation } from '../support/fake-exchange.ts'
import { image } from '../support/fake-image.ts'
import { forever, launch, prints } from './launch.ts'

describe('a local image', () => {
  test('takes these requests, and no other', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const { container } = await launch(engine)
    const id = container?.id
    const asked = engine.requests.map(({ method, target }) => `${method} ${target}`)
    expect([...asked.slice(0, 2), ...asked.slice(2, 4).sort(), ...asked.slice(4)]).toEqual([
      'GET /images/docker.io/library/bb:1/json',
      'POST /v1.41/containers/create',
      // These two go out together.
      `POST /v1.41/containers/${id}/attach?stream=true&stdout=true&stderr=true&stdin=false`,
      `POST /v1.41/containers/${id}/wait?condition=next-exit`,
      `POST /v1.41/containers/${id}/start`,
      `GET /v1.41/containers/${id}/logs?stdout=true&stderr=true&timestamps=true&follow=false`,
      `GET /v1.41/containers/${id}/json`,
      `DELETE /v1.41/containers/${id}?force=true&v=true`,
    ])
  })

  test('name and platform go with the creation, stdin with the attach', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await launch(engine, { name: 'n-1', platform: 'linux/amd64', stdin: '' })
    expect(Object.fromEntries((await engine.seen('create')).query)).toEqual({
      name: 'n-1',
      platform: 'linux/amd64',
    })
    expect((await engine.seen('attach')).query.get('stdin')).toBe('true')
  })

  test.each<Operation>(['attach', 'wait'])('is not started before the %s is answered', async operation => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await using client = connect({ host: engine.host, env: {} })
    const held = Promise.withResolvers<Exchange>()
    engine.on(operation, held.resolve)
    const job = launch(engine)
    const exchange = await held.promise
    for (let round = 0; round < 20; round++) await client.system.ping()
    expect(engine.asked).not.toContain('start')
    await exchange.proceed()
    expect(await job).toMatchObject({ kind: 'ok' })
  })
})

test('a container that ends at once: all of its output, and its status, every time', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('last', 'words', 7) })
  await using client = connect({ host: engine.host, env: {} })
  for (let round = 0; round < 50; round++) {
    expect(await launch(engine, { engine: client })).toMatchObject({
      exitCode: 7,
      stdout: 'last',
      stderr: 'words',
      gaps: [],
    })
  }
})

test('fifty at once don’t mix', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: async self => {
      for await (const bytes of self.stdin) await self.out(bytes)
    },
  })
  const texts = Array.from({ length: 50 }, (_, index) => `${index}\n`.repeat(index + 1))
  const outcomes = await Promise.all(texts.map(stdin => launch(engine, { stdin })))
  expect(outcomes.map(({ stdout }) => stdout)).toEqual(texts)
})

describe('the outcome', () => {
  test('of a good run', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('out\n', 'err\n') })
    const outcome = await launch(engine)
    expect(outcome).toStrictEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      holdfast: ownVersion,
      host: hostname(),
      apiVersion: '1.41',
      command: null,
      kind: 'ok',
      exitCode: 0,
      signal: null,
      oomKilled: false,
      engine: engine.host,
      image: {
        reference: 'bb:1',
        id: image('bb:1').Id,
        digest: null,
        platform: 'linux/amd64',
        created: '2026-11-23T14:52:02.463466924Z',
        age: expect.any(Number),
      },
      registry: { contacted: false },
      stale: null,
      swarm: null,
      container: { id: expect.stringMatching(/^[0-9a-f]{64}$/), name: expect.any(String), removed: true },
      job: null,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      duration: expect.any(Number),
      phases: {
        inspect: expect.any(Number),
        create: expect.any(Number),
        attach: expect.any(Number),
        start: expect.any(Number),
        run: expect.any(Number),
        remove: expect.any(Number),
      },
      stdout: 'out\n',
      stderr: 'err\n',
      result: null,
      resources: null,
      dropped: { stdout: 0, stderr: 0 },
      gaps: [],
      copies: [],
      warnings: [],
      recording: null,
      failure: null,
    })
    const spent = Object.values(outcome.phases).reduce((sum, ms) => sum + ms, 0)
    expect(outcome.duration).toBeGreaterThanOrEqual(spent - 0.1)
  })

  test('a failed run rejects with the same fields, which go as JSON', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('out', 'err', 3) })
    const error = await rejection(launch(engine, { reject: true }))
    if (!(error instanceof RunError)) throw error
    const resolved = await launch(engine)
    expect(Object.keys(JSON.parse(JSON.stringify(error))).sort()).toEqual(
      [...Object.keys(resolved), 'name'].sort(),
    )
    expect(error).toMatchObject({ kind: 'exit', exitCode: 3, stdout: 'out', stderr: 'err' })
    expect(error).toMatchObject({ name: 'RunError', message: 'the container ended with status 3\n\nerr' })
    const failure = { kind: 'exit', message: 'the container ended with status 3' }
    expect(JSON.parse(JSON.stringify(error)).failure).toEqual(failure)
    expect(error.report()).toEqual(failure)
  })

  test.each([
    ['all of a short stderr', 'one\ntwo\n', '\n\none\ntwo'],
    [
      'the last ten lines',
      Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n'),
      /ended with status 1\n\nline 20\n[\s\S]*line 29$/,
    ],
    ['no more than 2,000 characters', 'x'.repeat(5_000), /ended with status 1\n\nx{2000}$/],
    ['nothing of an empty one', '', /ended with status 1$/],
  ])('the message of the error ends with %s', async (_, stderr, end) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('out', stderr, 1) })
    await expect(launch(engine, { reject: true })).rejects.toThrow(end)
  })

  test('names the Engine', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('') })
    expect(await launch(engine)).toMatchObject({ engine: engine.host })
    expect(await launch(engine, { engine: ['unix:///none/such', engine.host] })).toMatchObject({
      engine: engine.host,
      warnings: [expect.stringContaining(`; using ${engine.host}`)],
    })
  })

  test('keeps the start and the end of each stream, up to capture', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('0123456789', 'abc') })
    expect(await launch(engine, { capture: 4 })).toMatchObject({
      stdout: '01\n[6 bytes not kept]\n89',
      stderr: 'abc',
      dropped: { stdout: 6, stderr: 0 },
    })
    expect(await launch(engine, { capture: 0 })).toMatchObject({
      stdout: '',
      stderr: '',
      dropped: { stdout: 10, stderr: 3 },
    })
  })
})

describe('an exit status that means skipped', () => {
  test('is no failure', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => 99 })
    const outcome = await launch(engine, { skipExitCodes: [98, 99], remove: 'success', reject: true })
    expect(outcome).toMatchObject({
      kind: 'skipped',
      exitCode: 99,
      failure: null,
      container: { removed: true },
    })
  })

  test('is none of the others', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => 1 })
    expect(await launch(engine, { skipExitCodes: [99] })).toMatchObject({ kind: 'exit', exitCode: 1 })
  })
})

describe('fails before anything is asked', () => {
  test.each<[object, string]>([
    [{ image: 'UPPER' }, 'must be in lower case'],
    [{ image: '' }, 'it is empty'],
    [{ cpus: -1 }, 'the option cpus'],
    [{ timeout: -1 }, 'the option timeout'],
    [{ capture: -1 }, 'the option capture'],
    [{ platform: 'x' }, 'must be os/arch'],
    [{ engine: './docker.sock' }, "is not an Engine's address"],
  ])('%j', async (options, words) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const outcome = await launch(engine, options)
    expect(outcome).toMatchObject({ kind: 'usage', image: null, container: null, exitCode: null })
    expect(outcome.failure?.message).toContain(words)
    expect(engine.asked).toEqual([])
  })

  test('a signal that is aborted already', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    expect(await launch(engine, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'cancelled' })
    expect(engine.asked).toEqual([])
  })

  test('no Engine there', async () => {
    const outcome = await run({ image: 'bb:1', engine: 'unix:///nonexistent/docker.sock', reject: false })
    expect(outcome).toMatchObject({ kind: 'engine-unreachable', failure: { hint: expect.any(String) } })
  })
})

describe('the Engine', () => {
  test('that was handed over serves several runs, and stays open', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await using client = connect({ host: engine.host, env: {} })
    await launch(engine, { engine: client })
    engine.requests.length = 0
    await launch(engine, { engine: client })
    expect(engine.asked).toEqual(['image', 'create', 'attach', 'wait', 'start', 'logs', 'inspect', 'remove'])
    expect(await client.system.ping()).toEqual({ apiVersion: '1.41' })
  })

  test('of our own is closed, whatever happens', async () => {
    await using engine = await FakeEngine.start()
    expect(await launch(engine)).toMatchObject({ kind: 'registry-not-found' })
    await engine.idle()
  })
})

/** What is there now and was not before; what others have given up since does not count. */
function added(before: readonly string[], now: readonly string[]): string[] {
  const old = [...before]
  return now.filter(name => {
    const at = old.indexOf(name)
    if (at !== -1) old.splice(at, 1)
    return at === -1
  })
}

describe('once it is over, nothing is left', () => {
  test.each<[string, Partial<Setup>, number | undefined]>([
    ['that ended well', { images: ['bb:1'] }, undefined],
    ['that pulled', { registry: ['bb:1'] }, undefined],
    ['that could not pull', {}, undefined],
    ['that timed out', { images: ['bb:1'] }, 30],
  ])('no listener, timer or handle of a run %s', async (_, setup, timeout) => {
    await using engine = await FakeEngine.start({
      ...setup,
      program: timeout === undefined ? prints('x') : forever,
    })
    // What the first run of a process makes is kept.
    await launch(engine, { image: 'absent:1', pull: 'never' })
    await engine.idle()
    const controller = new AbortController()
    const before = process.getActiveResourcesInfo()
    const limits = timeout === undefined ? {} : { timeout, stopGrace: 0 }
    await launch(engine, { signal: controller.signal, ...limits })
    await engine.idle()
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(added(before, process.getActiveResourcesInfo())).toEqual([])
  })
})

describe('events', () => {
  test('of a run that pulls, in order', async () => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'], program: () => 2 })
    const events: RunEvent[] = []
    await launch(engine, { onEvent: event => events.push(event) })
    const shown = events.map(event => (event.type === 'phase' ? event.phase : event.type.toUpperCase()))
    expect(shown.filter(name => name !== 'PROGRESS')).toEqual([
      'inspect',
      'credentials',
      'pull',
      'PULL',
      'inspect',
      'IMAGE',
      'create',
      'CREATED',
      'attach',
      'start',
      'STARTED',
      'run',
      'EXITED',
      'remove',
      'REMOVED',
      'FAILED',
    ])
  })

  test('have what the outcome has', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => 2 })
    const events: RunEvent[] = []
    const outcome = await launch(engine, { onEvent: event => events.push(event) })
    const container = outcome.container?.id
    expect(events.filter(({ type }) => type !== 'phase')).toEqual([
      { type: 'image', image: 'bb:1', id: image('bb:1').Id, digest: null, platform: 'linux/amd64' },
      { type: 'created', container, name: null },
      { type: 'started', container },
      { type: 'exited', exitCode: 2 },
      { type: 'removed', container },
      { type: 'failed', failure: { kind: 'exit', message: 'the container ended with status 2' } },
    ])
  })
})
