import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { HoldfastError } from '../../../src/run/failure.ts'
import { type CheckOptions, check, type ImageCheck } from '../../../src/run/image/check.ts'
import { type PullPolicy, pullPolicies } from '../../../src/run/options.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine, type Setup } from '../../support/fake-engine.ts'
import { digestOf, image } from '../../support/fake-image.ts'
import { make, outages } from '../making.ts'
import { skipPauses } from '../pauses.ts'

const day = 86_400_000
const created = new Date(Date.now() - 3 * day).toISOString()
const digest = `sha256:${digestOf('manifest')}`
const pinned = `pinned@${digest}`
const arm = 'linux/arm64'

const images = [
  image('here:1', { Created: created }),
  image('undated:1', { Created: '' }),
  image('pinned:1', { RepoDigests: [pinned], Created: created }),
]
const id = image('here:1').Id
const noId = `sha256:${digestOf('nothing')}`

function checking(engine: FakeEngine, options: Partial<CheckOptions> & { images: readonly string[] }) {
  return check({ engine: engine.host, ...options })
}

async function checked(text: string, options: Partial<CheckOptions> = {}): Promise<ImageCheck | undefined> {
  await using engine = await FakeEngine.start({ images })
  const [found] = await checking(engine, { images: [text], ...options })
  expect(new Set(engine.asked)).toEqual(new Set(['image']))
  return found
}

type Case = [image: string, options: Partial<CheckOptions>, asks: boolean, survives: boolean, why: string]

describe('whether a run would ask a registry, and start without one', () => {
  test.each<Case>([
    ['here:1', {}, false, true, 'it is on the Engine'],
    ['gone:1', {}, true, false, 'it is not on the Engine'],
    ['here:1', { platform: arm }, true, false, 'the one on the Engine is linux/amd64'],
    [id, {}, false, true, 'it is on the Engine, and an id is never pulled'],
    [noId, {}, false, false, 'it is not on the Engine, and an id is never pulled'],
    [id.slice(7, 19), {}, false, true, 'it is on the Engine, and an id is never pulled'],

    ['here:1', { pull: 'always' }, true, false, 'the policy always pulls it'],
    ['gone:1', { pull: 'always' }, true, false, 'it is not on the Engine'],
    [pinned, { pull: 'always' }, true, false, 'the policy always pulls it'],
    [id, { pull: 'always' }, false, true, 'it is on the Engine, and an id is never pulled'],

    ['here:1', { pull: 'never' }, false, true, 'it is on the Engine'],
    ['gone:1', { pull: 'never' }, false, false, 'it is not on the Engine, and the policy never pulls it'],
    [
      'here:1',
      { pull: 'never', platform: arm },
      false,
      false,
      'the one on the Engine is linux/amd64, and the policy never pulls it',
    ],

    ['here:1', { pull: 'refresh' }, true, true, 'the local copy would run, marked as stale'],
    ['here:1', { pull: 'refresh', staleIf: 'any' }, true, true, 'the local copy would run, marked as stale'],
    [
      'here:1',
      { pull: 'refresh', maxStale: 4 * day },
      true,
      true,
      'the local copy would run, marked as stale',
    ],
    [
      'here:1',
      { pull: 'refresh', maxStale: 2 * day },
      true,
      false,
      'the local copy is 3 days old, and may be 2 days old at most',
    ],
    ['undated:1', { pull: 'refresh' }, true, true, 'the local copy would run, marked as stale'],
    [
      'undated:1',
      { pull: 'refresh', maxStale: day },
      true,
      false,
      'the local copy is of unknown age, and may be 24 h old at most',
    ],
    ['gone:1', { pull: 'refresh' }, true, false, 'it is not on the Engine'],
    ['here:1', { pull: 'refresh', platform: arm }, true, false, 'the one on the Engine is linux/amd64'],
    [
      pinned,
      { pull: 'refresh', maxStale: 1 },
      false,
      true,
      'it is on the Engine, and what a digest names does not change',
    ],
    [`gone@${digest}`, { pull: 'refresh' }, true, false, 'it is not on the Engine'],
    [id, { pull: 'refresh', maxStale: 1 }, false, true, 'it is on the Engine, and an id is never pulled'],
  ])('%s, %j: %s, %s', async (text, options, contactsRegistry, survives, why) => {
    expect(await checked(text, options)).toMatchObject({ image: text, contactsRegistry, survives, why })
  })
})

describe('is what a run meets, its registry being down', () => {
  skipPauses()

  const texts = ['here:1', 'undated:1', 'gone:1', pinned, id, noId, id.slice(7, 19)]
  const cases = pullPolicies.flatMap(pull =>
    texts.flatMap(text => [
      [pull, text, {}] as const,
      [pull, text, { platform: arm }] as const,
      [pull, text, { platform: 'linux/amd64', maxStale: 2 * day }] as const,
    ]),
  )

  test.each(cases)('%s: %s, %j', async (policy: PullPolicy, text, options) => {
    const expected = await checked(text, { pull: policy, ...options })
    await using engine = await FakeEngine.start({ images })
    outages(engine)
    const { error } = await make(engine, text, policy, options)
    expect({ asked: engine.asked.includes('pull'), started: error === undefined }).toEqual({
      asked: expected?.contactsRegistry,
      started: expected?.survives,
    })
  })
})

describe('what is reported of an image', () => {
  const none = { id: null, digest: null, platform: null, created: null, age: null }

  test('that is right', async () => {
    const found = await checked(pinned)
    expect(found).toMatchObject({
      image: pinned,
      local: 'present',
      id: image('pinned:1').Id,
      digest,
      platform: 'linux/amd64',
      created,
    })
    expect(found?.age).toBeGreaterThanOrEqual(3 * day)
  })

  test('that was never pulled or pushed, and does not say when it was built', async () => {
    expect(await checked('undated:1')).toMatchObject({ digest: null, created: null, age: null })
  })

  test('that is absent', async () => {
    expect(await checked('gone:1')).toMatchObject({ local: 'absent', ...none })
  })

  test('that is for another platform', async () => {
    expect(await checked('here:1', { platform: arm })).toMatchObject({
      local: 'mismatch',
      ...none,
      platform: 'linux/amd64',
    })
  })
})

test('many images: all of them, in order, a few at a time', async () => {
  await using engine = await FakeEngine.start({ images })
  const texts = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? 'here:1' : `gone:${n}`))
  const held = Promise.withResolvers<void>()
  for (let n = 0; n < texts.length; n++) {
    engine.on('image', async exchange => {
      await held.promise
      await exchange.proceed()
    })
  }
  const found = checking(engine, { images: texts })
  await engine.seen('image', 8)
  // What was sent with these eight is here by the time that this is answered.
  await using client = connect({ host: engine.host, env: {} })
  await client.system.ping()
  expect(engine.asked.filter(operation => operation === 'image')).toHaveLength(8)
  held.resolve()
  expect((await found).map(({ image, survives }) => [image, survives])).toEqual(
    texts.map(text => [text, text === 'here:1']),
  )
})

test('no image is nothing to ask', async () => {
  await using engine = await FakeEngine.start()
  expect(await checking(engine, { images: [] })).toEqual([])
  expect(engine.requests).toEqual([])
})

describe('fails', () => {
  test.each<[string, Partial<CheckOptions>, string]>([
    ['UPPER', {}, 'must be in lower case'],
    ['', {}, 'it is empty'],
    ['here:1', { platform: 'foo' }, 'must be os/arch'],
    ['here:1', { pull: 'sometimes' as PullPolicy }, 'the option pull'],
    ['here:1', { maxStale: -1 }, 'the option maxStale'],
  ])('before anything is asked: %j, %j', async (text, options, words) => {
    await using engine = await FakeEngine.start({ images })
    expect(await rejection(checking(engine, { images: ['here:1', text], ...options }))).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(words),
    })
    expect(engine.requests).toEqual([])
  })

  test.each<[string, Setup, number, string]>([
    ['the Engine refuses', {}, 500, 'engine-error'],
    ['the Engine is too busy', {}, 503, 'engine-error'],
  ])('when %s, and leaves the others', async (_, setup, status, kind) => {
    await using engine = await FakeEngine.start(setup)
    engine.on('image', exchange => exchange.answer(status, 'no'))
    for (let n = 0; n < 7; n++) engine.on('image', () => undefined)
    const error = await rejection(
      checking(engine, { images: Array.from({ length: 40 }, (_, n) => `x:${n}`) }),
    )
    expect(error).toBeInstanceOf(HoldfastError)
    expect(error).toMatchObject({ kind })
    expect(engine.asked.length).toBeLessThan(40)
  })

  test('when the Engine is not there', async () => {
    expect(
      await rejection(check({ images: ['x'], engine: 'unix:///nonexistent/docker.sock' })),
    ).toMatchObject({
      kind: 'engine-unreachable',
    })
  })

  test('by the signal, and leaves no listener', async () => {
    await using engine = await FakeEngine.start({ images })
    engine.on('image', () => undefined)
    const { signal, controller } = aborting()
    const failed = rejection(checking(engine, { images: ['here:1'], signal }))
    const seen = await engine.seen('image')
    controller.abort('enough')
    expect(await failed).toMatchObject({ kind: 'cancelled', cause: 'enough' })
    await seen.closed
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

test('leaves an Engine that was handed over open', async () => {
  await using engine = await FakeEngine.start({ images })
  await using client = connect({ host: engine.host, env: {} })
  await check({ images: ['here:1'], engine: client })
  expect(await client.system.ping()).toEqual({ apiVersion: '1.41' })
})

function aborting() {
  const controller = new AbortController()
  return { controller, signal: controller.signal }
}
