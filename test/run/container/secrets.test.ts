import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import type { ContainerSpec } from '../../../src/engine/wire.ts'
import { containerIdentity } from '../../../src/run/jobs/identity.ts'
import { labels } from '../../../src/run/labels.ts'
import type { RunOptions } from '../../../src/run/options.ts'
import { exposure } from '../../support/errors.ts'
import { FakeEngine, type Setup } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { dead, leave } from '../jobs/places.ts'
import { launch, prints } from '../launch.ts'

const token = 'correct-horse-battery-staple'
const mount = { Type: 'volume', Name: 'made-up', Destination: '/run/secrets' }
/** What the Engine unpacks, as the job's container sees it. */
const paths = {
  '/run/secrets': { kind: 'directory' },
  '/run/secrets/token': { kind: 'file', size: token.length },
} as const

async function start(setup: Setup = {}): Promise<FakeEngine> {
  const engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x'), paths, ...setup })
  onTestFinished(() => engine[Symbol.asyncDispose]())
  const volume = { Name: 'made-up', Driver: 'local', Mountpoint: '/v', Scope: 'local', Labels: null }
  engine.volumes.push({ ...volume, Options: { type: 'tmpfs' } })
  const inspected = async ({ seen, answer }: Exchange) => {
    const container = engine.containers.find(({ id }) => id === seen.about)
    answer(200, { ...container?.inspect, Image: 'bb:1', Mounts: [mount] })
  }
  // A run that takes a container up inspects it three times before the start.
  for (let times = 0; times < 4; times++) engine.on('inspect', inspected)
  return engine
}

const specs = ({ requests }: FakeEngine): ContainerSpec[] =>
  requests.flatMap(({ operation, body }) => (operation === 'create' ? JSON.parse(body) : []))
const uploads = ({ requests }: FakeEngine) => requests.filter(({ method }) => method === 'PUT')

/** Bytes that end a tar archive. */
const trailer = 1024

test('the upload to a second container ends once the first has started', async () => {
  const engine = await start()
  let sent = ''
  engine.on('start', async exchange => {
    sent = uploads(engine)[0]?.body ?? ''
    await exchange.proceed()
  })
  const outcome = await launch(engine, { secrets: { token } })
  expect(outcome).toMatchObject({ kind: 'ok', warnings: [], container: { removed: true } })
  const [own, holder] = specs(engine)
  expect(own?.HostConfig?.Mounts).toMatchObject([{ Type: 'volume', Target: '/run/secrets' }])
  expect(holder?.HostConfig?.Mounts).toEqual([{ Type: 'volume', Source: 'made-up', Target: '/run/secrets' }])
  expect(sent).toContain(token)
  expect(uploads(engine)[0]?.body).toBe(sent + '\0'.repeat(trailer))
  const order = engine.asked.filter(
    operation => !['image', 'attach', 'wait', 'logs', 'inspect', 'volume'].includes(operation),
  )
  expect(order.filter((each, at) => each !== order[at - 1])).toEqual(['create', 'archive', 'start', 'remove'])
  expect(engine.containers).toEqual([])
})

test('the second container is not taken for that of the job, and a sweep finds it', async () => {
  const engine = await start()
  await launch(engine, { secrets: { token }, job: 'nightly' })
  const [own, holder] = specs(engine)
  expect(own?.Labels).toMatchObject({ 'dev.holdfast.job': 'nightly' })
  expect(holder?.Labels).toEqual({
    'dev.holdfast.run': `${own?.Labels?.['dev.holdfast.run']}.secrets`,
    'dev.holdfast.owner': own?.Labels?.['dev.holdfast.owner'],
    'dev.holdfast.remove': 'always',
  })
})

test('a container whose runner died before its start gets them from the run that starts it', async () => {
  const engine = await start({ program: prints('out') })
  const options = { job: 'nightly', secrets: { token } }
  const identity = await containerIdentity({ image: 'bb:1', ...options }, 'id')
  const spec = { [labels.spec]: identity.labels[labels.spec] ?? '' }
  const { id } = leave(engine, { key: 'nightly', labels: spec, owner: dead, program: prints('out') })
  let uploaded = 0
  engine.on('start', async exchange => {
    uploaded = uploads(engine).length
    await exchange.proceed()
  })
  const outcome = await launch(engine, options)
  expect(outcome).toMatchObject({ kind: 'ok', stdout: 'out', container: { id }, job: { claim: 'adopted' } })
  expect(uploaded).toBe(1)
  expect(engine.containers).toEqual([])
})

test('they stand in nothing but the upload', async () => {
  const engine = await start()
  const events: unknown[] = []
  const outcome = await launch(engine, { secrets: { token }, onEvent: event => events.push(event) })
  const others = engine.requests.filter(({ method }) => method !== 'PUT')
  for (const text of [exposure(outcome), exposure(events), JSON.stringify(others)])
    expect(text).not.toContain(token)
})

test('what the Engine says of them is not shown', async () => {
  const engine = await start()
  engine.on('start', exchange => exchange.answer(500, `no such thing as ${token}`))
  const outcome = await launch(engine, { secrets: { token } })
  expect(outcome.failure?.message).toContain('no such thing as [redacted]')
  expect(exposure(outcome)).not.toContain(token)
})

describe('a container does not stay without its secrets', () => {
  test.each<[what: string, arrange: (engine: FakeEngine) => void, started: boolean]>([
    [
      'they can not be looked for',
      engine => engine.on('archive', ({ answer }) => answer(500, 'broken')),
      false,
    ],
    [
      'the upload fails once it has started',
      engine => {
        engine.on('archive', exchange => exchange.proceed())
        engine.on('archive', ({ answer }) => answer(500, 'broken'))
      },
      true,
    ],
  ])('%s', async (_, arrange, started) => {
    const engine = await start()
    arrange(engine)
    const { kind, failure, container } = await launch(engine, { secrets: { token } })
    expect([kind, failure?.message]).toEqual([
      'start-failed',
      expect.stringMatching(/^the secrets could not be put into the container: (HEAD|PUT) .*500/),
    ])
    expect(container).toMatchObject({ removed: true })
    expect(engine.asked.includes('start')).toBe(started)
    expect(engine.containers).toEqual([])
  })

  test('an Engine that would keep them on its disk gets none', async () => {
    const engine = await start()
    for (const volume of engine.volumes) volume.Options = null
    const { failure } = await launch(engine, { secrets: { token } })
    expect(failure?.message).toBe(
      'the secrets could not be put into the container: the Engine would keep them on its disk',
    )
    expect(uploads(engine)).toEqual([])
    expect(engine.containers).toEqual([])
  })

  test('a run that is cancelled while the second container is created', async () => {
    const engine = await start()
    const controller = new AbortController()
    engine.on('create', exchange => exchange.proceed())
    engine.on('create', exchange => {
      controller.abort()
      return setImmediate().then(() => exchange.proceed())
    })
    const { kind } = await launch(engine, { secrets: { token }, signal: controller.signal })
    expect(kind).toBe('cancelled')
    expect(engine.containers).toEqual([])
  })

  test('an upload that fails ends the look at what is there of it', async () => {
    const engine = await start({ paths: { '/run/secrets': { kind: 'directory' } } })
    await using client = connect({ host: engine.host, env: {} })
    engine.on('archive', ({ proceed }) => {
      engine.drop('archive', 'PUT')
      return proceed()
    })
    const { kind } = await launch(engine, { secrets: { token }, engine: client })
    expect(kind).toBe('start-failed')
    const asked = engine.requests.length
    // Longer than the pause between two looks.
    await setTimeout(100)
    expect(engine.requests.slice(asked).map(({ operation }) => operation)).toEqual([])
  })

  test('a run that is cancelled while they are put in place', async () => {
    const engine = await start({ paths: { '/run/secrets': { kind: 'directory' } } })
    const controller = new AbortController()
    engine.on('archive', exchange => {
      controller.abort()
      return exchange.proceed()
    })
    const { kind } = await launch(engine, { secrets: { token }, signal: controller.signal })
    expect(kind).toBe('cancelled')
    expect(engine.containers).toEqual([])
  })
})

describe('where they come from', () => {
  const directory = () => {
    const path = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
    onTestFinished(() => rmSync(path, { recursive: true }))
    return path
  }

  test('bytes, a file, a variable', async () => {
    const file = join(directory(), 'token')
    writeFileSync(file, token)
    process.env.HOLDFAST_TEST_SECRET = 'from-a-variable'
    onTestFinished(() => void delete process.env.HOLDFAST_TEST_SECRET)
    const engine = await start()
    const secrets = {
      bytes: Buffer.from('from-bytes'),
      variable: { env: 'HOLDFAST_TEST_SECRET' },
      token: { file },
    }
    expect((await launch(engine, { secrets })).kind).toBe('ok')
    for (const text of ['from-bytes', 'from-a-variable', token])
      expect(uploads(engine)[0]?.body).toContain(text)
  })

  test.each<[string, RunOptions['secrets'], RegExp]>([
    ['a file that is not there', { a: { file: '/none/such' } }, /the secret a can't be read \(ENOENT\)/],
    ['a variable that is not set', { a: { env: 'NOT_SET' } }, /the variable NOT_SET is not set/],
    ['too much', { a: 'x'.repeat(2 ** 20), b: 'x' }, /the secret b is too large/],
    ['an endless file', { a: { file: '/dev/zero' } }, /the secret a is too large/],
    ['a path for a name', { '../a': 'x' }, /the option secrets must have names of 1 to 64 letters/],
  ])('%s is refused before any request', async (_, secrets, message) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const { kind, failure } = await launch(engine, { secrets })
    expect([kind, failure?.message]).toEqual(['usage', expect.stringMatching(message)])
    expect(engine.requests).toEqual([])
  })
})

test('without secrets there is no mount, and no second container', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  await launch(engine, { secrets: {} })
  expect(specs(engine).map(({ HostConfig }) => HostConfig?.Mounts)).toEqual([undefined])
})
