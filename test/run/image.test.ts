import { describe, expect, test } from 'vitest'
import type { PullPolicy } from '../../src/run/options.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { digestOf, image } from '../support/fake-image.ts'
import { make } from './making.ts'

const digest = `sha256:${digestOf('manifest')}`
const pulled = image('x:1', { RepoDigests: [`x@${digest}`] })

describe('what is asked, policy by policy', () => {
  const found = { facts: { id: pulled.Id }, error: undefined }
  const outage = { facts: undefined, error: { kind: 'registry-outage' } }
  const missing = { facts: undefined, error: { kind: 'image-missing' } }
  const refused = { facts: undefined, error: { kind: 'registry-not-found' } }

  test.each<[PullPolicy, 'local' | 'absent', 'registry is fine' | 'fails' | 'refuses', object, string[]]>([
    ['missing', 'local', 'registry is fine', found, ['image']],
    ['missing', 'local', 'fails', found, ['image']],
    ['missing', 'absent', 'registry is fine', found, ['image', 'pull', 'image']],
    ['missing', 'absent', 'fails', outage, ['image', 'pull']],
    ['missing', 'absent', 'refuses', refused, ['image', 'pull']],
    ['always', 'local', 'registry is fine', found, ['image', 'pull', 'image']],
    ['always', 'local', 'fails', outage, ['image', 'pull']],
    ['always', 'local', 'refuses', refused, ['image', 'pull']],
    ['always', 'absent', 'registry is fine', found, ['image', 'pull', 'image']],
    ['always', 'absent', 'fails', outage, ['image', 'pull']],
    ['never', 'local', 'registry is fine', found, ['image']],
    ['never', 'local', 'fails', found, ['image']],
    ['never', 'absent', 'registry is fine', missing, ['image']],
  ])('%s, %s, registry %s', async (policy, local, registry, expected, asked) => {
    await using engine = await FakeEngine.start({
      images: local === 'local' ? [pulled] : [],
      registry: registry === 'registry is fine' ? [pulled] : [],
    })
    if (registry === 'fails')
      engine.on('pull', exchange => exchange.answer(500, 'Get "https://registry-1.docker.io/v2/": EOF'))
    const made = await make(engine, 'x:1', policy)
    expect(made).toMatchObject(expected)
    expect(engine.asked).toEqual(asked)
    const contacted = asked.includes('pull')
    expect(made.registry.contacted).toBe(contacted)
  })

  test.each<[PullPolicy, string]>([
    ['missing', 'An id is never pulled.'],
    ['always', 'An id is never pulled.'],
    ['never', 'An id is never pulled.'],
  ])('an id is never pulled: %s', async (policy, hint) => {
    await using engine = await FakeEngine.start({ images: [], registry: [pulled] })
    const made = await make(engine, pulled.Id, policy)
    expect(made.error).toMatchObject({ kind: 'image-missing', hint })
    expect(engine.asked).toEqual(['image'])
  })

  test('an id that is there is taken, even under always', async () => {
    await using engine = await FakeEngine.start({ images: [pulled] })
    const made = await make(engine, pulled.Id, 'always')
    expect(made.facts).toMatchObject({ id: pulled.Id })
    expect(engine.asked).toEqual(['image'])
  })
})

describe('what is pulled', () => {
  test.each([
    ['x:1', 'docker.io/library/x', '1'],
    ['index.docker.io/x:1', 'docker.io/library/x', '1'],
    ['x', 'docker.io/library/x', 'latest'],
    ['reg.example:5000/a/b:2', 'reg.example:5000/a/b', '2'],
    [`x@${digest}`, 'docker.io/library/x', digest],
    [`x:9@${digest}`, 'docker.io/library/x', digest],
  ])('%s: never without a tag, which would be all of them', async (text, fromImage, tag) => {
    await using engine = await FakeEngine.start()
    await make(engine, text, 'missing')
    const { query } = await engine.seen('pull')
    expect(Object.fromEntries(query)).toEqual({ fromImage, tag })
  })

  test('the platform goes with it', async () => {
    await using engine = await FakeEngine.start()
    await make(engine, 'x:1', 'missing', { platform: 'linux/arm64' })
    expect((await engine.seen('pull')).query.get('platform')).toBe('linux/arm64')
  })
})

describe('why a registry was asked', () => {
  test.each<[string, string[], PullPolicy, string | undefined, string]>([
    ['nothing is there', [], 'missing', undefined, 'missing'],
    ['nothing is there', [], 'always', undefined, 'missing'],
    ['the policy says so', ['x:1'], 'always', undefined, 'always'],
    ['another platform is there', ['x:1'], 'missing', 'linux/arm64', 'mismatch'],
  ])('%s: %j %s %s', async (_, images, policy, platform, reason) => {
    await using engine = await FakeEngine.start({ images })
    const made = await make(engine, 'x:1', policy, platform === undefined ? {} : { platform })
    expect(made.registry).toEqual({
      contacted: true,
      registry: 'docker.io',
      reason,
      credentials: 'anonymous',
    })
    expect(made.events).toContainEqual({
      type: 'pull',
      image: 'x:1',
      registry: 'docker.io',
      reason,
      credentials: 'anonymous',
    })
  })
})

describe('a pull that went well is not believed', () => {
  test('the stream ended cleanly, and the image is not there', async () => {
    await using engine = await FakeEngine.start()
    engine.on('pull', exchange => {
      exchange.lines({ status: 'Pulling from x', id: '1' })
      exchange.response.end()
    })
    const made = await make(engine, 'x:1', 'missing')
    expect(made.error).toMatchObject({ kind: 'image-missing' })
    expect(engine.asked).toEqual(['image', 'pull', 'image'])
  })

  test('it brought another platform than the one asked for', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const made = await make(engine, 'x:1', 'missing', { platform: 'linux/arm64' })
    expect(made.error).toMatchObject({
      kind: 'image-mismatch',
      message: expect.stringContaining('linux/amd64'),
    })
  })
})

test('never and another platform: says what is there', async () => {
  await using engine = await FakeEngine.start({ images: ['x:1'] })
  const made = await make(engine, 'x:1', 'never', { platform: 'linux/arm64' })
  expect(made.error).toMatchObject({
    kind: 'image-mismatch',
    message: expect.stringContaining('linux/amd64'),
    hint: expect.stringContaining('policy is never'),
  })
})

describe('the facts', () => {
  test('of an image that was pulled', async () => {
    await using engine = await FakeEngine.start({ images: [pulled] })
    const made = await make(engine, 'docker.io/library/x:1', 'never')
    expect(made.facts).toStrictEqual({
      reference: 'docker.io/library/x:1',
      id: pulled.Id,
      digest,
      platform: 'linux/amd64',
      created: '2026-11-23T14:52:02.463466924Z',
    })
  })

  test('the digest is the one of the repository asked for', async () => {
    const elsewhere = `reg.example/x@sha256:${digestOf('elsewhere')}`
    const several = image('x:1', { RepoDigests: [elsewhere, `x@${digest}`] })
    await using engine = await FakeEngine.start({ images: [several] })
    expect((await make(engine, 'x:1', 'never')).facts).toMatchObject({ digest })
  })

  test('of an image that was made here: no digest, no date', async () => {
    const made = image('x:1', { RepoDigests: null, Created: '', Architecture: 'arm', Variant: 'v7' })
    await using engine = await FakeEngine.start({ images: [made] })
    expect((await make(engine, made.Id, 'never')).facts).toStrictEqual({
      reference: made.Id,
      id: made.Id,
      digest: null,
      platform: 'linux/arm/v7',
      created: null,
    })
  })
})
