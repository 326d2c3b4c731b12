import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { containerIdentity } from '../../../src/run/jobs/identity.ts'
import { ownOwner } from '../../../src/run/jobs/owner.ts'
import { labels } from '../../../src/run/labels.ts'
import type { FakeContainer, Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { forever, hears, launch, prints } from '../launch.ts'
import { dead, elsewhere, type Left, leave, leaveLease } from './places.ts'

const key = 'nightly'
const identity = await containerIdentity({ image: 'bb:1', job: key }, 'id')
const spec = identity.labels[labels.spec] ?? ''
/** What a run of `launch(engine, { job: key })` left. */
const left = (engine: FakeEngine, more: Left): FakeContainer =>
  leave(engine, { key, labels: { [labels.spec]: spec }, ...more })

describe('the first run with a key', () => {
  test('creates a container that the key names', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('out', 'err', 3) })
    const outcome = await launch(engine, { job: key, remove: 'never' })
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 3, job: { key, claim: 'created' } })
    const [container] = engine.containers
    expect(container?.name).toBe('holdfast-nightly')
    expect(container?.spec.Labels).toMatchObject({
      'dev.holdfast.job': key,
      'dev.holdfast.spec': spec,
      'dev.holdfast.owner': expect.stringContaining(` ${process.pid} `),
      'dev.holdfast.remove': 'never',
      'dev.holdfast.run': expect.any(String),
    })
  })

  test('frees the key when its container is removed', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await launch(engine, { job: key })
    expect(engine.containers).toEqual([])
    expect(engine.volumes).toEqual([])
    expect(await launch(engine, { job: key })).toMatchObject({ job: { claim: 'created' } })
  })

  test('a run without a key has the labels of its owner', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await launch(engine, { remove: 'never' })
    const { Labels } = engine.containers[0]?.spec ?? {}
    expect(Object.keys(Labels ?? {})).toEqual([
      'dev.holdfast.run',
      'dev.holdfast.owner',
      'dev.holdfast.remove',
    ])
  })
})

describe('a job that has finished', () => {
  test('gives its outcome and output, and is removed', async () => {
    await using engine = await FakeEngine.start()
    const { id } = left(engine, { state: 'running', program: prints('out', 'err', 7) })
    const outcome = await launch(engine, { job: key })
    expect(outcome).toMatchObject({
      exitCode: 7,
      stdout: 'out',
      stderr: 'err',
      gaps: [],
      container: { id, removed: true },
      job: { key, claim: 'finished' },
    })
    expect(outcome.image).toBe(null)
    expect(engine.asked).not.toContain('start')
    expect(engine.volumes).toEqual([])
  })

  test('names the image that its container has', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    left(engine, { state: 'exited' })
    const { image, registry } = await launch(engine, { job: key, pull: 'always' })
    expect(image).toEqual({ ...(await launch(engine)).image, age: image?.age })
    expect(image).toMatchObject({ reference: 'bb:1' })
    expect(registry).toEqual({ contacted: false })
  })

  test('is kept for another run with the policy never', async () => {
    await using engine = await FakeEngine.start()
    left(engine, { state: 'exited', exitCode: 1 })
    for (let run = 0; run < 2; run++)
      expect(await launch(engine, { job: key, remove: 'never' })).toMatchObject({
        exitCode: 1,
        job: { claim: 'finished' },
      })
    expect(engine.containers).toHaveLength(1)
  })

  test('whose log can not be read: its outcome, and a gap', async () => {
    await using engine = await FakeEngine.start()
    left(engine, { state: 'exited' })
    engine.on('logs', exchange => exchange.answer(501, 'configured logging driver does not support reading'))
    const outcome = await launch(engine, { job: key })
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [expect.stringContaining('does not support reading')] })
  })
})

describe('a job that runs', () => {
  const slow =
    (end: Promise<unknown>): Program =>
    async self => {
      await self.out('first\n')
      await end
      await self.out('last\n')
      return 4
    }

  test('is followed: all output from the start, and the status', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    left(engine, { state: 'running', program: slow(end.promise) })
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { job: key, onEvent })
    await heard
    end.resolve()
    expect(await job).toMatchObject({
      exitCode: 4,
      stdout: 'first\nlast\n',
      job: { claim: 'adopted' },
      container: { removed: true },
    })
    expect(engine.volumes).toEqual([])
  })

  test('whose log breaks off is followed on, at the very byte', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    left(engine, { state: 'running', program: slow(end.promise) })
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { job: key, onEvent })
    await heard
    engine.drop('logs')
    await engine.seen('logs', 2)
    end.resolve()
    expect(await job).toMatchObject({ exitCode: 4, stdout: 'first\nlast\n', gaps: [] })
  })

  test('is stopped and removed when the run is cancelled', async () => {
    await using engine = await FakeEngine.start()
    left(engine, { state: 'running', program: forever })
    const controller = new AbortController()
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { job: key, onEvent, signal: controller.signal })
    await heard
    controller.abort()
    expect(await job).toMatchObject({ kind: 'cancelled', exitCode: 143, container: { removed: true } })
  })

  test('whose log is rotated: each line once', async () => {
    const goOn = Promise.withResolvers<void>()
    const lines = (word: string) => Array.from({ length: 1_000 }, (_, index) => `${word} ${index}\n`).join('')
    const program: Program = async self => {
      await self.out(lines('before'))
      await goOn.promise
      for (const { log } of engine.containers) log.rotate()
      await self.out(lines('after'))
      return 4
    }
    await using engine: FakeEngine = await FakeEngine.start({ images: ['bb:1'], program })
    const HostConfig = { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } }
    const options = { job: key, container: { HostConfig }, capture: 0 }
    await launch(engine, { ...options, detach: true })
    const job = launch(engine, options)
    let stdout = ''
    for await (const { bytes } of job.chunks()) {
      stdout += String(Buffer.from(bytes))
      if (stdout === lines('before')) goOn.resolve()
    }
    expect(stdout).toBe(lines('before') + lines('after'))
    expect(await job).toMatchObject({ exitCode: 4, gaps: [], job: { claim: 'adopted' } })
  })

  test('whose log can not be read is attached to', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    left(engine, { state: 'running', program: slow(end.promise) })
    engine.on('logs', exchange => exchange.answer(501, 'configured logging driver does not support reading'))
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { job: key, onEvent })
    await heard
    end.resolve()
    expect(await job).toMatchObject({ exitCode: 4, stdout: 'last\n', gaps: [expect.any(String)] })
  })

  test('is not removed by its owner while another run follows it', async () => {
    const followed = Promise.withResolvers<void>()
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: slow(followed.promise) })
    const first = launch(engine, { job: key })
    await engine.seen('start')
    const second = launch(engine, { job: key })
    await engine.seen('logs')
    followed.resolve()
    expect(await first).toMatchObject({ exitCode: 4, stdout: 'first\nlast\n', job: { claim: 'created' } })
    expect(await second).toMatchObject({ exitCode: 4, stdout: 'first\nlast\n', job: { claim: 'adopted' } })
    expect(engine.containers).toEqual([])
    expect(engine.volumes).toEqual([])
  })
})

describe('a job that was never started', () => {
  test.each([
    ['its owner is dead', dead, undefined],
    ['its owner elsewhere has let its lease grow old', elsewhere, 301_000],
  ])('is started when %s', async (_, owner, age) => {
    await using engine = await FakeEngine.start()
    const { id } = left(engine, { state: 'created', owner, program: prints('out') })
    if (age !== undefined) leaveLease(engine, elsewhere, { age })
    const outcome = await launch(engine, { job: key })
    expect(outcome).toMatchObject({ kind: 'ok', stdout: 'out', container: { id }, job: { claim: 'adopted' } })
    expect(engine.volumes.filter(({ Name }) => Name.startsWith('holdfast-start'))).toEqual([])
  })

  test('and whose owner elsewhere has no lease after five minutes is started', async () => {
    await using engine = await FakeEngine.start()
    left(engine, { state: 'created', owner: elsewhere, endedAgo: 302_000, program: prints('out') })
    expect(await launch(engine, { job: key })).toMatchObject({ stdout: 'out' })
  })

  test.each([
    ['lives', ownOwner()],
    ['may live elsewhere', elsewhere],
  ])('is left to its owner, which %s, and then followed', async (_, owner) => {
    await using engine = await FakeEngine.start()
    const container = left(engine, { state: 'created', owner, program: prints('out') })
    const job = launch(engine, { job: key })
    await engine.seen('inspect', 2)
    void container.start()
    expect(await job).toMatchObject({ stdout: 'out' })
    expect(engine.asked).not.toContain('start')
  })

  test('is created again when its owner removes it', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    left(engine, { state: 'created', owner: ownOwner() })
    const job = launch(engine, { job: key })
    await engine.seen('inspect', 2)
    engine.containers.splice(0)
    expect(await job).toMatchObject({ kind: 'ok', job: { claim: 'created' } })
  })

  test('is started by one of many', async () => {
    await using engine = await FakeEngine.start()
    left(engine, { state: 'created', program: prints('out') })
    await using client = connect({ host: engine.host, env: {} })
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => launch(engine, { job: key, engine: client })),
    )
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'ok', stdout: 'out' })
    expect(engine.asked.filter(each => each === 'start')).toHaveLength(1)
    expect(engine.containers).toEqual([])
    expect(engine.volumes).toEqual([])
  })

  test('a lock that a dead process left is removed', async () => {
    await using engine = await FakeEngine.start()
    const { id } = left(engine, { state: 'created', program: prints('out') })
    leaveLease(engine, dead)
    for (const volume of engine.volumes) volume.Name = `holdfast-start-${id}`
    expect(await launch(engine, { job: key })).toMatchObject({ stdout: 'out' })
    expect(engine.volumes).toEqual([])
  })
})

describe('two runs at once', () => {
  test('the one whose creation is refused follows the other', async () => {
    const followed = Promise.withResolvers<void>()
    const program: Program = async self => {
      await followed.promise
      await self.out('out')
      return 2
    }
    await using engine = await FakeEngine.start({ images: ['bb:1'], program })
    // Neither finds a job, as neither has created one.
    engine.on('list', exchange => exchange.answer(200, []))
    engine.on('list', exchange => exchange.answer(200, []))
    const runs = [launch(engine, { job: key }), launch(engine, { job: key })]
    await engine.seen('logs')
    followed.resolve()
    const outcomes = await Promise.all(runs)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ exitCode: 2, stdout: 'out', gaps: [] })
    expect(outcomes.map(({ job }) => job?.claim).toSorted()).toEqual(['adopted', 'created'])
  })

  test("Podman's words for a name that is taken", async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const container = left(engine, { state: 'exited', exitCode: 5 })
    engine.on('list', exchange => exchange.answer(200, []))
    engine.on('create', exchange =>
      exchange.answer(
        500,
        `container create: the container name "holdfast-nightly" is already in use by ${container.id}. You have to remove that container to be able to reuse that name: that name is already in use`,
      ),
    )
    expect(await launch(engine, { job: key })).toMatchObject({ exitCode: 5, job: { claim: 'finished' } })
  })
})

test('a lost answer to the creation: the container is its own', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('out') })
  engine.on('create', async exchange => {
    await exchange.proceed()
    exchange.drop()
  })
  expect(await launch(engine, { job: key })).toMatchObject({
    kind: 'ok',
    stdout: 'out',
    job: { claim: 'created' },
  })
  expect(engine.containers).toEqual([])
})

describe('a conflict', () => {
  test('other options', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    left(engine, { state: 'running' })
    const outcome = await launch(engine, { job: key, command: ['other'] })
    expect(outcome).toMatchObject({
      kind: 'job-conflict',
      container: null,
      failure: {
        message: expect.stringContaining('other options'),
        hint: expect.stringContaining('holdfast rm nightly'),
      },
    })
    expect(engine.containers).toHaveLength(1)
  })

  test('a name that another container has', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    for (const { spec } of [left(engine, { state: 'running' })]) delete spec.Labels
    const outcome = await launch(engine, { job: key })
    expect(outcome).toMatchObject({
      kind: 'job-conflict',
      failure: { message: expect.stringContaining('holdfast-nightly') },
    })
    expect(engine.containers).toHaveLength(1)
  })

  test('options that do not change the container are none', async () => {
    await using engine = await FakeEngine.start()
    left(engine, { state: 'exited' })
    expect(await launch(engine, { job: key, timeout: 60_000, capture: 0, pull: 'always' })).toMatchObject({
      kind: 'ok',
    })
  })
})

describe('detached', () => {
  test('resolves once it has started, and is found by the next run', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    const outcome = await launch(engine, { job: key, detach: true })
    expect(outcome).toMatchObject({
      kind: 'ok',
      exitCode: null,
      container: { removed: false },
      job: { claim: 'created' },
    })
    expect(engine.asked).toEqual(['ping', 'list', 'image', 'create', 'start'])
    expect(engine.containers[0]?.spec.Labels).toMatchObject({ 'dev.holdfast.detached': 'true' })
    expect(await launch(engine, { job: key, detach: true })).toMatchObject({
      kind: 'ok',
      job: { claim: 'adopted' },
    })
    const next = launch(engine, { job: key })
    await engine.seen('logs')
    engine.containers[0]?.end(6)
    engine.containers[0]?.remove()
    expect(await next).toMatchObject({ exitCode: 6 })
  })

  test('is removed when it can not be started', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('start', exchange => exchange.answer(400, 'executable file not found'))
    expect(await launch(engine, { job: key, detach: true, remove: 'never' })).toMatchObject({
      kind: 'start-failed',
    })
    expect(engine.containers).toEqual([])
  })
})

describe('bad options', () => {
  test.each([
    ['a key that can not be a name', { job: 'a/b' }],
    ['a key and a name', { job: key, name: 'n-1' }],
    ['detached without a key', { detach: true }],
    ['detached with stdin', { job: key, detach: true, stdin: '' }],
    ['detached with files to copy out', { job: key, detach: true, copyOut: [{ from: '/a', to: '/b' }] }],
  ])('%s', async (_, options) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    expect(await launch(engine, options)).toMatchObject({ kind: 'usage' })
    expect(engine.asked).toEqual([])
  })
})
