import { getEventListeners } from 'node:events'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Secret } from '../../../src/auth/secret.ts'
import { connect, type Engine } from '../../../src/engine/engine.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { sharePull } from '../../../src/run/image/shared-pull.ts'
import { chunk, chunkedHead, end, hold, json } from '../../support/byte-server.ts'
import { engineAt, scripted } from '../../support/engines.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine, type Setup } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { image } from '../../support/fake-image.ts'
import { type Caller, caller, named, type Wants } from '../caller.ts'
import { launch, prints } from '../launch.ts'
import { make, noConfig, outages } from '../making.ts'
import { skipPauses } from '../pauses.ts'

const success = '{"status":"Status: Downloaded newer image for x:1"}\r\n'

function pulls(engine: FakeEngine): number {
  return engine.asked.filter(operation => operation === 'pull').length
}

/** A fake Engine whose pulls are the test's to answer, and clients of it. */
async function heldEngine(setup: Setup = {}) {
  const engine = await FakeEngine.start(setup)
  const client = connect({ host: engine.host, env: {} })
  onTestFinished(async () => {
    await client.close()
    await engine[Symbol.asyncDispose]()
  })
  return { engine, client, hold: () => held(engine) }
}

/** The next pull, which says nothing until the test does. */
function held(engine: FakeEngine): Promise<Exchange> {
  return new Promise(resolve => engine.on('pull', resolve))
}

function share(engine: Engine, wants: Wants = {}): Caller<object> {
  return caller(sharePull, engine, wants)
}

/** A listener for all runs of a test, and a promise of the event that is the n-th of that type. */
function hearing(type: RunEvent['type'], n: number) {
  const { promise: heard, resolve } = Promise.withResolvers<void>()
  let count = 0
  return { heard, onEvent: (event: RunEvent) => event.type === type && ++count === n && resolve() }
}

describe('fifty runs of an image that is absent', () => {
  test.each<[string, (host: string) => Engine | string]>([
    ['each with an Engine of its own', host => host],
    ['all over one', host => engineAt(host)],
  ])('pull it once, %s', async (_, over) => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'], program: prints('hi') })
    const used = over(engine.host)
    const jobs = Array.from({ length: 50 }, () => launch(engine, { engine: used }))
    const outcomes = await Promise.all(jobs)
    expect(outcomes.map(({ kind, stdout }) => kind + stdout)).toEqual(jobs.map(() => 'okhi'))
    expect(pulls(engine)).toBe(1)
    if (typeof used !== 'string') await used.close()
  })

  test('see it fail once, each for itself', async () => {
    await using engine = await FakeEngine.start()
    const pull = held(engine)
    const { onEvent, heard } = hearing('pull', 50)
    const jobs = Array.from({ length: 50 }, () => launch(engine, { onEvent }))
    const { answer } = await pull
    await heard
    answer(403, 'access denied')
    const outcomes = await Promise.all(jobs)
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['registry-denied']))
    expect(pulls(engine)).toBe(1)
  })
})

test('one of fifty that is cancelled in the middle leaves the pull to the others', async () => {
  await using engine = await FakeEngine.start({ registry: ['bb:1'] })
  const pull = held(engine)
  const controller = new AbortController()
  const { onEvent, heard } = hearing('progress', 50)
  const jobs = Array.from({ length: 50 }, (_, index) =>
    launch(engine, { onEvent, ...(index === 0 && { signal: controller.signal }) }),
  )
  const exchange = await pull
  exchange.lines({ status: 'Downloading', id: 'a' })
  await heard
  controller.abort()
  expect(await jobs[0]).toMatchObject({ kind: 'cancelled', container: null })
  engine.images.push(image('bb:1'))
  exchange.response.end(success)
  const outcomes = await Promise.all(jobs.slice(1))
  expect(outcomes.map(({ kind }) => kind)).toEqual(jobs.slice(1).map(() => 'ok'))
  expect(pulls(engine)).toBe(1)
})

describe('a second caller', () => {
  skipPauses()

  test('hears of the first one’s pull, in its own words', async () => {
    const { client, hold } = await heldEngine()
    const pull = hold()
    const first = share(client)
    const { lines, response } = await pull
    lines({ status: 'Downloading', id: 'a' })
    await first.heard('progress')
    const second = share(client, { text: 'docker.io/library/x:1', reason: 'always' })
    await second.heard('pull')
    response.end(success)
    expect(await Promise.all([first.end, second.end])).toEqual([{ concluded: true }, { concluded: true }])
    const image = 'docker.io/library/x:1'
    const registry = { registry: 'docker.io', credentials: 'anonymous' }
    const downloaded = { type: 'progress', status: 'Status: Downloaded newer image for x:1' }
    expect(first.events).toEqual([
      { type: 'phase', phase: 'credentials' },
      { type: 'phase', phase: 'pull' },
      { type: 'pull', image: 'x:1', reason: 'missing', shared: false, ...registry },
      { type: 'progress', image: 'x:1', status: 'Downloading', id: 'a' },
      { ...downloaded, image: 'x:1' },
    ])
    expect(second.events).toEqual([
      { type: 'phase', phase: 'pull' },
      { type: 'pull', image, reason: 'always', shared: true, ...registry },
      // The last progress, so that the Engine does not count as silent.
      { type: 'progress', image, status: 'Downloading', id: 'a' },
      { ...downloaded, image },
    ])
  })

  test('hears of retries, and of the failure', async () => {
    const { engine, client, hold } = await heldEngine()
    const pull = hold()
    outages(engine, 2)
    const callers = [share(client), share(client, { text: 'docker.io/x:1' })]
    const { answer } = await pull
    await callers[1]?.heard('pull')
    answer(500, 'unexpected EOF')
    for (const { end } of callers) expect(await rejection(end)).toMatchObject({ kind: 'registry-outage' })
    const retries = callers.map(({ events }) => events.filter(({ type }) => type === 'retry'))
    expect(retries).toMatchObject([
      [
        { image: 'x:1', attempt: 2 },
        { image: 'x:1', attempt: 3 },
      ],
      [
        { image: 'docker.io/x:1', attempt: 2 },
        { image: 'docker.io/x:1', attempt: 3 },
      ],
    ])
    expect(pulls(engine)).toBe(3)
  })
})

describe('leaving', () => {
  test.each([
    ['the first', 0],
    ['the second', 1],
  ])('%s caller leaves the pull to the other', async (_, leaver) => {
    const { engine, client, hold } = await heldEngine()
    const pull = hold()
    const callers = [share(client), share(client)] as const
    const { lines, response } = await pull
    await callers[1].heard('pull')
    const reason = new Error('enough')
    callers[leaver === 0 ? 0 : 1].leave(reason)
    expect(await rejection(callers[leaver === 0 ? 0 : 1].end)).toBe(reason)
    const stays = callers[leaver === 0 ? 1 : 0]
    lines({ status: 'Downloading', id: 'a' })
    await stays.heard('progress')
    response.end(success)
    expect(await stays.end).toEqual({ concluded: true })
    expect(pulls(engine)).toBe(1)
    expect(callers[leaver === 0 ? 0 : 1].events).not.toContainEqual(
      expect.objectContaining({ type: 'progress' }),
    )
  })

  test.each([
    ['the first', 0],
    ['the second', 1],
  ])('%s caller closes its Engine: it has left, and the pull is the other’s', async (_, closer) => {
    const { engine, hold } = await heldEngine()
    const pull = hold()
    const engines = [engineAt(engine.host), engineAt(engine.host)] as const
    const callers = [share(engines[0]), share(engines[1])] as const
    const { response, lines } = await pull
    await callers[1].heard('pull')
    await engines[closer === 0 ? 0 : 1].close()
    expect(await rejection(callers[closer === 0 ? 0 : 1].end)).toMatchObject({ code: 'closed' })
    lines()
    response.end(success)
    expect(await callers[closer === 0 ? 1 : 0].end).toEqual({ concluded: true })
    expect(pulls(engine)).toBe(1)
  })

  test('the only caller closes its Engine: the pull is dropped', async () => {
    const { engine, hold } = await heldEngine()
    const pull = hold()
    const client = engineAt(engine.host)
    const only = share(client)
    const { seen } = await pull
    await client.close()
    expect(await rejection(only.end)).toMatchObject({ code: 'closed' })
    await seen.closed
  })

  test.each(['before an answer', 'in the middle'])(
    'the last one drops the pull, %s; the next caller has a new one',
    async when => {
      const { engine, client, hold } = await heldEngine({ registry: ['x:1'] })
      const pull = hold()
      const callers = [share(client), share(client), share(client)]
      const { seen, lines } = await pull
      if (when === 'in the middle') lines({ status: 'Downloading', id: 'a' })
      const heard = when === 'in the middle' ? 'progress' : 'pull'
      for (const each of callers) await each.heard(heard)
      for (const each of callers) each.leave(new Error('enough'))
      for (const { end } of callers) expect(await rejection(end)).toMatchObject({ message: 'enough' })
      const next = share(client)
      expect(await next.end).toEqual({ concluded: true })
      expect(next.events).toContainEqual(expect.objectContaining({ type: 'pull', shared: false }))
      expect(pulls(engine)).toBe(2)
      await seen.closed
    },
  )

  test('a caller that comes while the pull is being dropped has a new one, which others share', async () => {
    const { engine, client, hold } = await heldEngine()
    const [dropped, pull] = [hold(), hold()]
    const first = share(client)
    await dropped
    first.leave(new Error('enough'))
    const next = share(client)
    await rejection(first.end)
    const { lines, response } = await pull
    const third = share(client)
    await third.heard('pull')
    lines()
    response.end(success)
    expect(await Promise.all([next.end, third.end])).toEqual([{ concluded: true }, { concluded: true }])
    expect(third.events).toContainEqual(expect.objectContaining({ type: 'pull', shared: true }))
    expect(pulls(engine)).toBe(2)
  })

  test('before the pull has begun: nothing is asked', async () => {
    const { engine, client } = await heldEngine()
    const credentials = vi.fn(() => undefined)
    const early = share(client, { options: { credentials } })
    early.leave(new Error('enough'))
    expect(await rejection(early.end)).toMatchObject({ message: 'enough' })
    expect(early.events).toEqual([])
    expect(credentials).not.toHaveBeenCalled()
    expect(engine.asked).toEqual([])
  })

  test('while the credentials are looked up: the look-up hears of it, and nothing is asked', async () => {
    const { engine, client } = await heldEngine()
    const asked = Promise.withResolvers<AbortSignal>()
    const credentials = (_: string, { signal }: { signal: AbortSignal }) => {
      asked.resolve(signal)
      return new Promise<undefined>(() => undefined)
    }
    const callers = [share(client, { options: { credentials } }), share(client, { options: { credentials } })]
    const signal = await asked.promise
    await callers[1]?.heard('phase')
    callers[0]?.leave(new Error('enough'))
    await rejection(callers[0]?.end ?? Promise.resolve())
    expect(signal.aborted).toBe(false)
    callers[1]?.leave(new Error('enough'))
    await rejection(callers[1]?.end ?? Promise.resolve())
    expect(signal.aborted).toBe(true)
    expect(engine.asked).toEqual([])
  })

  test('leaves no listener on the signal, whichever way it ends', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    await using client = connect({ host: engine.host, env: {} })
    const { signal } = new AbortController()
    const request = { engine: client, reason: 'missing', signal, emit: () => undefined } as const
    const options = { config: noConfig }
    const shared = { ...request, options, secrets: { hold() {} } }
    await sharePull({ ...shared, reference: named('x:1') })
    await rejection(sharePull({ ...shared, reference: named('absent:1') }))
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('one pull', () => {
  const user = { username: 'u', password: 'correct-horse' }
  const asking = async () => user

  test.each<[string, Wants, Wants]>([
    ['of one image by two names', { text: 'x' }, { text: 'index.docker.io/library/x:latest' }],
    [
      'with one user and password',
      { options: { credentials: user } },
      { options: { credentials: { ...user } } },
    ],
    [
      'with one password, hidden or not',
      { options: { credentials: user } },
      { options: { credentials: { ...user, password: new Secret(user.password) } } },
    ],
    ['with one function', { options: { credentials: asking } }, { options: { credentials: asking } }],
  ])('%s', async (_, one, other) => {
    const { engine, client, hold } = await heldEngine()
    const pull = hold()
    const first = share(client, one)
    const { lines, response } = await pull
    const second = share(engineAt(engine.host), other)
    await second.heard('pull')
    lines()
    response.end(success)
    await Promise.all([first.end, second.end])
    expect(second.events).toContainEqual(expect.objectContaining({ type: 'pull', shared: true }))
    expect(pulls(engine)).toBe(1)
  })

  test('asks for its credentials once', async () => {
    const { client, hold } = await heldEngine()
    const pull = hold()
    const credentials = vi.fn(asking)
    const callers = Array.from({ length: 5 }, () => share(client, { options: { credentials } }))
    const { lines, response } = await pull
    lines()
    response.end(success)
    await Promise.all(callers.map(({ end }) => end))
    expect(credentials).toHaveBeenCalledTimes(1)
  })
})

describe('two pulls', () => {
  const user = { username: 'u', password: 'correct-horse' }

  test.each<[string, Wants, Wants]>([
    ['of two tags', { text: 'x:1' }, { text: 'x:2' }],
    ['from two registries', { text: 'x:1' }, { text: 'reg.example/library/x:1' }],
    ['for two platforms', { options: { platform: 'linux/arm64' } }, { options: { platform: 'linux/amd64' } }],
    ['for a platform, and for none', { options: { platform: 'linux/arm64' } }, {}],
    ['with credentials, and without', { options: { credentials: user } }, {}],
    [
      'with two passwords',
      { options: { credentials: user } },
      { options: { credentials: { ...user, password: 'battery-staple' } } },
    ],
    [
      'with two users',
      { options: { credentials: user } },
      { options: { credentials: { ...user, username: 'v' } } },
    ],
    [
      'with one token, as an identity and as itself',
      { options: { credentials: { identityToken: 'correct-horse' } } },
      { options: { credentials: { registryToken: 'correct-horse' } } },
    ],
    [
      'with two functions',
      { options: { credentials: async () => user } },
      { options: { credentials: async () => user } },
    ],
    ['by two configurations', {}, { options: { config: '/nonexistent-either' } }],
  ])('%s', async (_, one, other) => {
    const { engine, client, hold } = await heldEngine()
    const [pull, another] = [hold(), hold()]
    const callers = [share(client, one), share(client, other)]
    for (const { lines, response } of [await pull, await another]) {
      lines()
      response.end(success)
    }
    await Promise.all(callers.map(({ end }) => end))
    for (const { events } of callers)
      expect(events).toContainEqual(expect.objectContaining({ type: 'pull', shared: false }))
    expect(pulls(engine)).toBe(2)
  })

  test('on two Engines', async () => {
    const [here, there] = [await heldEngine(), await heldEngine()]
    const pulled = [here.hold(), there.hold()]
    const callers = [share(here.client), share(there.client)]
    for (const pull of pulled) {
      const { lines, response } = await pull
      lines()
      response.end(success)
    }
    await Promise.all(callers.map(({ end }) => end))
    expect([pulls(here.engine), pulls(there.engine)]).toEqual([1, 1])
  })

  test('one after the other: a pull that has ended is not shared', async () => {
    const { engine, client } = await heldEngine({ registry: ['x:1'] })
    for (const _ of [1, 2, 3]) await share(client).end
    expect(pulls(engine)).toBe(3)
    await rejection(share(client, { text: 'absent:1' }).end)
    await rejection(share(client, { text: 'absent:1' }).end)
    expect(pulls(engine)).toBe(5)
  })
})

describe('before a pull begins, the image is looked for once more', () => {
  test('where it is there by now, no pull goes out', async () => {
    const { engine, client } = await heldEngine({ registry: ['x:1'] })
    const late = share(client, { isLocal: async () => true })
    expect(await late.end).toEqual({ concluded: true })
    expect(late.events).toEqual([])
    expect(pulls(engine)).toBe(0)
  })

  test('where it is not, one does', async () => {
    const { engine, client } = await heldEngine({ registry: ['x:1'] })
    await share(client, { isLocal: async () => false }).end
    expect(pulls(engine)).toBe(1)
  })

  test('a run that looked before another’s pull had ended asks no registry', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const look = new Promise<Exchange>(resolve => engine.on('image', resolve))
    const slow = make(engine, 'x:1', 'missing')
    const { answer } = await look
    const quick = await make(engine, 'x:1', 'missing')
    answer(404, 'No such image: x:1')
    const made = await slow
    expect(made.facts).toEqual({ ...quick.facts, age: expect.any(Number) })
    expect(made.registry).toEqual({ contacted: false })
    expect(pulls(engine)).toBe(1)
  })

  test('under the policy always it is pulled, whatever is there by now', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const look = new Promise<Exchange>(resolve => engine.on('image', resolve))
    const slow = make(engine, 'x:1', 'always')
    const { answer } = await look
    await make(engine, 'x:1', 'always')
    answer(404, 'No such image: x:1')
    expect((await slow).registry).toMatchObject({ contacted: true })
    expect(pulls(engine)).toBe(2)
  })
})

describe('a pull whose answer is lost', () => {
  const begun = [chunkedHead(), chunk('{"status":"Downloading","id":"a"}\r\n'), end]

  test('is asked for again, and the callers hear of it', async () => {
    const { server, engine } = await scripted([
      { on: /images\/create/, steps: begun },
      { on: /images\/create/, steps: [chunkedHead(), chunk(success), chunk('')] },
    ])
    const callers = [share(engine), share(engine)]
    for (const each of callers) expect(await each.end).toEqual({ concluded: true })
    expect(server.paths.filter(path => path.includes('create'))).toHaveLength(2)
    for (const { events } of callers)
      expect(events).toContainEqual({
        type: 'warning',
        message: expect.stringMatching(/the connection broke off\); asking it again for up to 2 min/),
      })
  })

  test('is asked for again while something in between answers', async () => {
    const { engine, client, hold } = await heldEngine({ registry: ['x:1'] })
    const first = hold()
    const pulling = share(client)
    const { response } = await first
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><title>Bad Gateway</title></html>')
    expect(await pulling.end).toEqual({ concluded: true })
    expect(pulls(engine)).toBe(2)
  })

  test('is given up when the grace is over', async () => {
    const { engine } = await scripted([{ on: /images\/create/, steps: begun }])
    const pulling = share(engine, { options: { engineGrace: 100 } })
    expect(await rejection(pulling.end)).toMatchObject({ code: 'connection-lost' })
  })
})

describe('no connection is left open', () => {
  const head = [chunkedHead(), chunk('{"status":"Downloading","id":"a"}\r\n')]

  test.each<[string, Parameters<typeof scripted>[0][number]['steps'], boolean]>([
    ['that went well', [...head, chunk(success), chunk('')], true],
    ['that the Engine breaks off', [...head, end], false],
    ['that is refused', [json(403, { message: 'denied' })], false],
  ])('of a pull %s', async (_, steps, good) => {
    const { server, engine } = await scripted([{ on: /images\/create/, steps }])
    const options = { engineGrace: 0 }
    const callers = [share(engine, { options }), share(engine, { options })]
    const ends = await Promise.allSettled(callers.map(each => each.end))
    expect(ends.map(({ status }) => status)).toEqual(callers.map(() => (good ? 'fulfilled' : 'rejected')))
    // The pull's own are closed; the caller's Engine has opened none.
    await server.vacant()
    expect(server.paths.filter(path => path.includes('create'))).toHaveLength(1)
  })

  test('of one that all callers have left', async () => {
    const { server, engine } = await scripted([{ on: /images\/create/, steps: [...head, hold] }])
    const callers = [share(engine), share(engine)]
    for (const each of callers) await each.heard('progress')
    for (const each of callers) each.leave(new Error('enough'))
    for (const each of callers) await rejection(each.end)
    await server.vacant()
  })
})
