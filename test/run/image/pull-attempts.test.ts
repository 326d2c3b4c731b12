import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { pullImage } from '../../../src/run/image/pull-attempts.ts'
import { tries } from '../../../src/run/image/pull-retry.ts'
import { sharePull } from '../../../src/run/image/shared-pull.ts'
import type { PullPolicy } from '../../../src/run/options.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { digestOf, image } from '../../support/fake-image.ts'
import { caller } from '../caller.ts'
import { type Made, make, outages, outageWords } from '../making.ts'
import { skipPauses } from '../pauses.ts'

skipPauses()

describe('a pull is judged by its stream', () => {
  const noSpace = { errorDetail: { message: 'write /x: no space left on device' }, error: 'write /x: …' }

  function raw(text: string): (exchange: Exchange) => void {
    return exchange => {
      exchange.lines()
      exchange.response.end(text)
    }
  }

  test.each<[string, (exchange: Exchange) => void, object]>([
    [
      'an error after HTTP 200',
      raw(`{"status":"Pulling from x","id":"1"}\r\n${JSON.stringify(noSpace)}\r\n`),
      { kind: 'pull-failed', engineMessage: 'write /x: no space left on device' },
    ],
    ['an error in a last line without an end', raw(JSON.stringify(noSpace)), { kind: 'pull-failed' }],
    ['an error that says nothing', raw('{"errorDetail":{"message":""}}\r\n'), { kind: 'registry-outage' }],
    ['an old Engine’s error', raw('{"error":"unauthorized: no"}\r\n'), { kind: 'registry-denied' }],
    [
      'an outage in the middle of a layer',
      raw('{"status":"Retrying in 1 second","id":"a"}\r\n{"errorDetail":{"message":"unexpected EOF"}}'),
      { kind: 'registry-outage' },
    ],
    [
      'progress after the error',
      raw(`${JSON.stringify(noSpace)}\r\n{"status":"Status: Downloaded newer image for x:1"}\r\n`),
      { kind: 'pull-failed' },
    ],
    ['no JSON', raw('<html>\r\n'), { kind: 'engine-error' }],
    [
      'a stream that breaks off',
      exchange => {
        exchange.lines({ status: 'Pulling fs layer', id: 'a' })
        exchange.drop()
      },
      { kind: 'engine-unreachable' },
    ],
    [
      'a connection that breaks off before the first line',
      exchange => exchange.drop(),
      { kind: 'engine-unreachable' },
    ],
  ])('%s', async (_, script, expected) => {
    await using engine = await FakeEngine.start({ registry: ['x:1'], images: ['x:1'] })
    for (let time = 0; time < tries; time++) engine.on('pull', script)
    const made = await make(engine, 'x:1', 'always', { engineGrace: 0 })
    expect(made.facts).toBe(undefined)
    expect({ kind: made.error, ...(made.error as object) }).toMatchObject(expected)
    const pulls = 'kind' in expected && expected.kind === 'registry-outage' ? tries : 1
    expect(engine.asked).toEqual(['image', ...Array.from({ length: pulls }, () => 'pull')])
  })

  test('a long line, and characters cut anywhere, come through', async () => {
    await using engine = await FakeEngine.start({ images: ['x:1'] })
    const long = 'é€😀'.repeat(60_000)
    engine.on('pull', async exchange => {
      exchange.lines()
      const bytes = Buffer.from(`${JSON.stringify({ status: long })}\r\n`)
      for (let at = 0; at < bytes.length; at += 4093)
        await new Promise(resolve => exchange.response.write(bytes.subarray(at, at + 4093), resolve))
      exchange.response.end('{"status":"Status: Image is up to date for x:1"}\r\n')
    })
    const made = await make(engine, 'x:1', 'always')
    expect(made.events).toContainEqual({ type: 'progress', image: 'x:1', status: long })
    expect(made.error).toBe(undefined)
  })
})

describe('a stream that ends well, but not with a word of success', () => {
  const cut = (exchange: Exchange) => {
    exchange.lines()
    exchange.response.end('{"status":"Pulling from x","id":"1"}\r\n{"status":"Downloading","id":"layer"}\r\n')
  }

  test('fails where the image is the one that was there before', async () => {
    await using engine = await FakeEngine.start({ images: ['x:1'] })
    engine.on('pull', cut)
    const { error } = await make(engine, 'x:1', 'always')
    expect(error).toMatchObject({
      kind: 'pull-failed',
      message: expect.stringContaining('without a word of success'),
    })
  })

  test('is taken for one where another image is there now', async () => {
    await using engine = await FakeEngine.start({ images: ['x:1'] })
    const newer = image('x:1', { Id: `sha256:${digestOf('newer')}` })
    engine.on('pull', exchange => {
      engine.images.splice(0, 1, newer)
      cut(exchange)
    })
    expect((await make(engine, 'x:1', 'always')).facts).toMatchObject({ id: newer.Id })
  })

  test('is taken for one where the image is there now', async () => {
    await using engine = await FakeEngine.start({ images: ['x:1'] })
    const pulled = engine.images.splice(0)
    engine.on('pull', exchange => {
      engine.images.push(...pulled)
      cut(exchange)
    })
    expect((await make(engine, 'x:1', 'missing')).error).toBe(undefined)
  })
})

test('each line of progress is an event, in the Engine’s words', async () => {
  await using engine = await FakeEngine.start({ registry: ['x:1'] })
  const made = await make(engine, 'x:1', 'missing')
  const told = made.events.filter(event => event.type === 'progress')
  expect(told.map(({ status }) => status)).toEqual([
    'Pulling from x',
    'Pulling fs layer',
    'Downloading',
    'Verifying Checksum',
    'Download complete',
    'Pull complete',
    expect.stringMatching(/^Digest: sha256:/),
    'Status: Downloaded newer image for x:1',
  ])
  expect(told[2]).toStrictEqual({
    type: 'progress',
    image: 'x:1',
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
    status: 'Downloading',
    current: 1024,
    total: 2048,
  })
})

test('the signal drops the pull: its connection is closed, and the reason comes out', async () => {
  await using engine = await FakeEngine.start()
  engine.on('pull', exchange => exchange.lines({ status: 'Downloading', id: 'a' }))
  const controller = new AbortController()
  const making = make(engine, 'x:1', 'missing', { signal: controller.signal })
  const seen = await engine.seen('pull')
  const reason = new Error('enough')
  controller.abort(reason)
  expect((await making).error).toBe(reason)
  await seen.closed
})

test('the signal drops a pull that has had no answer yet', async () => {
  await using engine = await FakeEngine.start()
  engine.on('pull', () => undefined)
  const controller = new AbortController()
  const making = make(engine, 'x:1', 'missing', { signal: controller.signal })
  const seen = await engine.seen('pull')
  controller.abort(new Error('enough'))
  expect((await making).error).toMatchObject({ message: 'enough' })
  await seen.closed
})

describe('an outage', () => {
  const failure = {
    kind: 'registry-outage',
    message: `x:1 could not be pulled: ${outageWords}`,
    engineMessage: outageWords,
    hint: expect.stringContaining('docker.io is failing'),
  }
  const delay = expect.any(Number)
  const second = { type: 'retry', image: 'x:1', attempt: 2, attempts: 3, delay, failure }
  const third = { ...second, attempt: 3 }

  function retries({ events }: Made): RunEvent[] {
    return events.filter(({ type }) => type === 'retry')
  }

  test('of two tries is survived, with an event for each retry', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    outages(engine, 2)
    const made = await make(engine, 'x:1', 'missing')
    expect(made.facts).toMatchObject({ reference: 'x:1' })
    expect(retries(made)).toEqual([second, third])
    expect(engine.asked).toEqual(['image', 'image', 'pull', 'pull', 'pull', 'image'])
    expect(made.events.filter(({ type }) => type === 'pull')).toHaveLength(1)
  })

  test('of three tries is one', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    outages(engine, 3)
    const made = await make(engine, 'x:1', 'missing')
    expect(made.error).toMatchObject(failure)
    expect(retries(made)).toEqual([second, third])
    expect(engine.asked).toEqual(['image', 'image', 'pull', 'pull', 'pull'])
  })

  test('that turns into a refusal is one, at once', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    outages(engine, 1)
    engine.on('pull', exchange => exchange.answer(403, 'access denied'))
    const made = await make(engine, 'x:1', 'missing')
    expect(made.error).toMatchObject({ kind: 'registry-denied' })
    expect(engine.asked).toEqual(['image', 'image', 'pull', 'pull'])
  })

  test('every try carries the credentials, which are looked up once; the next pull looks them up again', async () => {
    await using engine = await FakeEngine.start({ registry: ['reg.example/x:1'] })
    let asked = 0
    const credentials = () => ({ registryToken: `token-${++asked}` })
    const sent = () =>
      engine.requests.flatMap(({ headers: { 'x-registry-auth': header } }) =>
        header === undefined ? [] : [JSON.parse(Buffer.from(String(header), 'base64url').toString())],
      )
    outages(engine, 3)
    await make(engine, 'reg.example/x:1', 'missing', { credentials })
    expect(sent().map(({ registrytoken }) => registrytoken)).toEqual(['token-1', 'token-1', 'token-1'])
    await make(engine, 'reg.example/x:1', 'missing', { credentials })
    expect(sent().at(-1)).toMatchObject({ registrytoken: 'token-2' })
    expect(asked).toBe(2)
  })

  test('the signal ends the pause, and nothing is left', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    await using client = connect({ host: engine.host, env: {} })
    outages(engine, 1)
    const pulling = caller(pullImage, client, { holdPauses: true })
    await pulling.heard('retry')
    await client.close()
    await engine.idle()
    expect(vi.getTimerCount()).toBe(1)
    const reason = new Error('enough')
    pulling.leave(reason)
    expect(await rejection(pulling.end)).toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
    expect(engine.asked).toEqual(['ping', 'pull'])
  })

  test('a caller leaves the pause at once, with its own reason', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    await using client = connect({ host: engine.host, env: {} })
    outages(engine, 1)
    const pulling = caller(sharePull, client, { holdPauses: true })
    await pulling.heard('retry')
    const reason = new Error('enough')
    pulling.leave(reason)
    expect(await rejection(pulling.end)).toBe(reason)
  })
})

test.each<[number, string, string]>([
  [401, 'unauthorized', 'registry-denied'],
  [403, 'denied', 'registry-denied'],
  [404, 'manifest unknown', 'registry-not-found'],
  [500, 'failed to register layer: no space left on device', 'pull-failed'],
  [500, 'no matching manifest for linux/arm64 in the manifest list entries', 'image-mismatch'],
])('what is no outage is not tried again: %i %s', async (status, words, kind) => {
  await using engine = await FakeEngine.start({ registry: ['x:1'] })
  engine.on('pull', exchange => exchange.answer(status, words))
  const made = await make(engine, 'x:1', 'missing')
  expect(made.error).toMatchObject({ kind, engineMessage: words })
  expect(made.events.map(({ type }) => type)).not.toContain('retry')
  expect(engine.asked).toEqual(['image', 'image', 'pull'])
})

describe('credentials', () => {
  test('go out with the pull and nothing else, padded, in the URL alphabet', async () => {
    await using engine = await FakeEngine.start({ registry: ['reg.example/x:1'] })
    const credentials = { username: 'u', password: 'abc>>>def???é' }
    await make(engine, 'reg.example/x:1', 'missing', { credentials })
    const carrying = engine.requests.filter(({ headers }) => headers['x-registry-auth'] !== undefined)
    expect(carrying.map(({ operation }) => operation)).toEqual(['pull'])
    const header = String(carrying[0]?.headers['x-registry-auth'])
    expect(header).toMatch(/^[\w-]+={0,2}$/)
    expect(header.length % 4).toBe(0)
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      ...credentials,
      serveraddress: 'reg.example',
    })
  })

  test('there are none: the header is absent, not empty', async () => {
    await using engine = await FakeEngine.start()
    await make(engine, 'x:1', 'missing')
    expect((await engine.seen('pull')).headers).not.toHaveProperty('x-registry-auth')
  })

  test.each<[PullPolicy, string[], string[]]>([
    ['missing', ['x:1'], []],
    ['missing', [], ['docker.io']],
    ['always', ['x:1'], ['docker.io']],
    ['always', [], ['docker.io']],
    ['never', ['x:1'], []],
    ['never', [], []],
  ])(
    'the function is called when a pull goes out, and only then: %s, local %j',
    async (policy, images, calls) => {
      await using engine = await FakeEngine.start({ images })
      const asked: string[] = []
      const credentials = (registry: string) => {
        asked.push(registry)
        expect(engine.asked).toEqual(['image'])
        return undefined
      }
      await make(engine, 'x:1', policy, { credentials })
      expect(asked).toEqual(calls)
    },
  )

  test('a function that fails: a warning, and a pull without; where that is refused, the failure names both', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const credentials = () => {
      throw new Error('vault is sealed')
    }
    const made = await make(engine, 'x:1', 'missing', { credentials })
    expect(made.facts).toMatchObject({ reference: 'x:1' })
    expect(made.registry).toMatchObject({ contacted: true, credentials: 'anonymous' })
    const message = expect.stringMatching(/credentials function failed.*; pulling without credentials$/)
    expect(made.events).toContainEqual({ type: 'warning', message })
    expect((await engine.seen('pull')).headers).not.toHaveProperty('x-registry-auth')
    const refused = await make(engine, 'y:1', 'missing', { credentials })
    expect(refused.error).toMatchObject({
      kind: 'credential-error',
      message: expect.stringMatching(/credentials function failed.*; without credentials, y:1 could not be/),
    })
  })
})

describe('Docker’s configuration', () => {
  let config: string

  beforeEach(async () => {
    config = await mkdtemp(join(tmpdir(), 'holdfast-config-'))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(config, { recursive: true })
  })

  async function helper(script: string): Promise<void> {
    const file = join(config, 'docker-credential-test')
    await writeFile(join(config, 'config.json'), '{"credsStore":"test"}')
    await writeFile(file, `#!/bin/sh\ntouch ${config}/spawned\n${script}\n`)
    await chmod(file, 0o755)
    vi.stubEnv('PATH', `${config}:${process.env.PATH}`)
  }

  const trouble: Array<[string, () => unknown]> = [
    ['is no JSON', () => writeFile(join(config, 'config.json'), '{"auths":')],
    ['is a folder', () => execFileSync('mkdir', [join(config, 'config.json')])],
    ['is a pipe without a writer', () => execFileSync('mkfifo', [join(config, 'config.json')])],
    ['has a helper that never answers', () => helper('exec sleep 600')],
    ['has a helper that is broken', () => helper('echo no keyring; exit 1')],
    [
      'has a helper that is not there',
      () => writeFile(join(config, 'config.json'), '{"credsStore":"absent"}'),
    ],
  ]

  test.each(trouble)('%s: a local image does not notice', async (_, prepare) => {
    await prepare()
    await using engine = await FakeEngine.start({ images: ['x:1'] })
    for (const policy of ['missing', 'never'] as const) {
      const made = await make(engine, 'x:1', policy, { config })
      expect(made.facts).toMatchObject({ reference: 'x:1' })
    }
    expect(existsSync(join(config, 'spawned'))).toBe(false)
    expect(engine.asked).toEqual(['image', 'image'])
  })

  const broken = trouble.filter(([name]) => !name.includes('never'))

  test.each(broken)('%s: the pull goes out without credentials, with a warning', async (_, prepare) => {
    await prepare()
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const made = await make(engine, 'x:1', 'missing', { config })
    expect(made.error).toBe(undefined)
    expect(made.registry).toMatchObject({ credentials: 'anonymous' })
    const warnings = made.events.filter(({ type }) => type === 'warning')
    expect(warnings).toEqual([
      { type: 'warning', message: expect.stringContaining('pulling without credentials') },
    ])
    expect((await engine.seen('pull')).headers).not.toHaveProperty('x-registry-auth')
  })

  test.each<[number, string]>([
    [500, 'no basic auth credentials'],
    [404, 'pull access denied for x, repository does not exist'],
    [404, 'manifest unknown'],
  ])('has a broken helper, and the registry refuses (%i %s): both are named', async (status, words) => {
    await helper('echo no keyring; exit 1')
    await using engine = await FakeEngine.start()
    engine.on('pull', exchange => exchange.answer(status, words))
    const made = await make(engine, 'x:1', 'missing', { config })
    expect(made.error).toMatchObject({
      kind: 'credential-error',
      message: expect.stringMatching(/docker-credential-test.*could not be pulled/s),
      engineMessage: words,
      cause: { name: 'CredentialError' },
    })
  })

  test('has credentials beside a malformed DOCKER_AUTH_CONFIG: they go out, and a refusal names both', async () => {
    vi.stubEnv('DOCKER_AUTH_CONFIG', '/run/secrets/auth.json')
    const auths = { 'https://index.docker.io/v1/': { auth: Buffer.from('u:p').toString('base64') } }
    await writeFile(join(config, 'config.json'), JSON.stringify({ auths }))
    await using engine = await FakeEngine.start()
    engine.on('pull', exchange => exchange.answer(404, 'pull access denied for x'))
    const made = await make(engine, 'x:1', 'missing', { config })
    const sent = String((await engine.seen('pull')).headers['x-registry-auth'])
    expect(JSON.parse(Buffer.from(sent, 'base64url').toString())).toMatchObject({ username: 'u' })
    const message = expect.stringMatching(
      /^DOCKER_AUTH_CONFIG is malformed: .*; pulling with those of config.json$/,
    )
    expect(made.events).toContainEqual({ type: 'warning', message })
    expect(made.error).toMatchObject({
      kind: 'credential-error',
      message: expect.stringMatching(
        /^DOCKER_AUTH_CONFIG is malformed.*; with those of config.json, x:1 could/,
      ),
    })
  })

  test('has a broken helper, and the registry is down: that is an outage', async () => {
    await helper('echo no keyring; exit 1')
    await using engine = await FakeEngine.start()
    outages(engine)
    expect((await make(engine, 'x:1', 'missing', { config })).error).toMatchObject({
      kind: 'registry-outage',
    })
  })

  test('the signal ends the wait for a helper', async () => {
    execFileSync('mkfifo', [join(config, 'begun')])
    await helper(`echo > ${config}/begun; exec sleep 600`)
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const controller = new AbortController()
    const making = make(engine, 'x:1', 'missing', { config, signal: controller.signal })
    await readFile(join(config, 'begun'))
    const reason = new Error('enough')
    controller.abort(reason)
    expect((await making).error).toBe(reason)
    expect(engine.asked).toEqual(['image', 'image'])
  })

  test('credentials that are given make it needless', async () => {
    await writeFile(join(config, 'config.json'), '{"auths":')
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const made = await make(engine, 'x:1', 'missing', { config, credentials: () => undefined })
    expect(made.error).toBe(undefined)
    expect(made.registry).toMatchObject({ credentials: 'anonymous' })
  })

  test('a login in it is used, and named', async () => {
    const auth = Buffer.from('u:p:w').toString('base64')
    await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { 'reg.example': { auth } } }))
    await using engine = await FakeEngine.start({ registry: ['reg.example/x:1'] })
    const made = await make(engine, 'reg.example/x:1', 'missing', { config })
    expect(made.registry).toMatchObject({ registry: 'reg.example', credentials: 'config.json' })
    const header = String((await engine.seen('pull')).headers['x-registry-auth'])
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
      username: 'u',
      password: 'p:w',
    })
  })
})
