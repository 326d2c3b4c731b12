import { describe, expect, test, vi } from 'vitest'
import type { PullPolicy, RunOptions } from '../../../src/run/options.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { digestOf, image } from '../../support/fake-image.ts'
import { hears, launch } from '../launch.ts'
import { make, outages } from '../making.ts'
import { skipPauses } from '../pauses.ts'

skipPauses()

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
    ['missing', 'absent', 'registry is fine', found, ['image', 'image', 'pull', 'image']],
    ['missing', 'absent', 'fails', outage, ['image', 'image', 'pull', 'pull', 'pull']],
    ['missing', 'absent', 'refuses', refused, ['image', 'image', 'pull']],
    ['always', 'local', 'registry is fine', found, ['image', 'pull', 'image']],
    ['always', 'local', 'fails', outage, ['image', 'pull', 'pull', 'pull']],
    ['always', 'local', 'refuses', refused, ['image', 'pull']],
    ['always', 'absent', 'registry is fine', found, ['image', 'pull', 'image']],
    ['always', 'absent', 'fails', outage, ['image', 'pull', 'pull', 'pull']],
    ['never', 'local', 'registry is fine', found, ['image']],
    ['never', 'local', 'fails', found, ['image']],
    ['never', 'absent', 'registry is fine', missing, ['image']],
  ])('%s, %s, registry %s', async (policy, local, registry, expected, asked) => {
    await using engine = await FakeEngine.start({
      images: local === 'local' ? [pulled] : [],
      registry: registry === 'registry is fine' ? [pulled] : [],
    })
    if (registry === 'fails') outages(engine)
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

describe('the beginning of an id', () => {
  const short = pulled.Id.slice('sha256:'.length, 'sha256:'.length + 12)
  const policies = ['missing', 'always', 'never', 'refresh'] as const

  test.each(policies)('is never pulled: %s', async policy => {
    await using engine = await FakeEngine.start({ registry: [pulled] })
    const made = await make(engine, short, policy)
    expect(made.error).toMatchObject({
      kind: 'image-missing',
      message: `the image ${short} is not on the Engine`,
      hint: `An id is never pulled. If it is a name, write docker.io/library/${short}:latest.`,
    })
    expect(engine.asked).not.toContain('pull')
  })

  test.each(policies)('is taken when it is there: %s', async policy => {
    await using engine = await FakeEngine.start({ images: [pulled] })
    const made = await make(engine, short, policy)
    expect(made.facts).toMatchObject({ reference: short, id: pulled.Id })
    expect(engine.asked).not.toContain('pull')
  })

  test.each([short.slice(0, 11), `docker.io/library/${short}:latest`, 'cafe'])(
    '%s is a name, and is pulled',
    async text => {
      const foreign = image('foreign:1', { Id: `sha256:${'cafe'.padEnd(64, '0')}` })
      await using engine = await FakeEngine.start({ images: [pulled, foreign] })
      expect((await make(engine, text, 'missing')).error).toMatchObject({ kind: 'registry-not-found' })
      expect(engine.asked).toEqual(['image', 'image', 'pull'])
    },
  )

  test('for another platform: says what it is', async () => {
    await using engine = await FakeEngine.start({ images: [pulled] })
    const made = await make(engine, short, 'missing', { platform: 'linux/arm64' })
    expect(made.error).toMatchObject({
      kind: 'image-mismatch',
      message: `the image ${short} on the Engine is linux/amd64, not linux/arm64`,
    })
    expect(engine.asked).toEqual(['image', 'image'])
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
      attempts: 1,
    })
    expect(made.events).toContainEqual({
      type: 'pull',
      image: 'x:1',
      registry: 'docker.io',
      reason,
      credentials: 'anonymous',
      shared: false,
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
    expect(made.error).toMatchObject({
      kind: 'pull-failed',
      message: expect.stringContaining('without a word of success'),
    })
    expect(engine.asked).toEqual(['image', 'image', 'pull', 'image'])
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

test('an outage, and another platform is there: says so, and why a registry was asked', async () => {
  await using engine = await FakeEngine.start({ images: ['x:1'] })
  outages(engine)
  const made = await make(engine, 'x:1', 'missing', { platform: 'linux/arm64' })
  expect(made.error).toMatchObject({
    kind: 'registry-outage',
    hint: expect.stringMatching(/^The local image is for linux\/amd64\. docker\.io is failing/),
  })
})

test('what a digest names is not pulled again, unless it must be', async () => {
  await using engine = await FakeEngine.start({ images: [pulled], registry: [pulled] })
  for (const policy of ['missing', 'never', 'refresh', 'always'] as const) {
    engine.requests.length = 0
    await make(engine, `x:9@${digest}`, policy)
    expect(engine.asked.includes('pull')).toBe(policy === 'always')
  }
})

test('never and another platform: says what is there', async () => {
  await using engine = await FakeEngine.start({ images: ['x:1'] })
  const made = await make(engine, 'x:1', 'never', { platform: 'linux/arm64' })
  expect(made.error).toMatchObject({
    kind: 'image-mismatch',
    message: 'the image x:1 on the Engine is linux/amd64, not linux/arm64',
    hint: expect.stringContaining('policy is never'),
  })
})

describe('the budget of a pull', () => {
  const arm = { platform: 'linux/arm64' }
  const silent = (exchange: Exchange) => void exchange
  const standing = ({ lines }: Exchange) => lines({ status: 'Downloading', id: 'a' })

  test.each<[PullPolicy, string[], Partial<RunOptions>, (exchange: Exchange) => unknown, string]>([
    ['missing', [], {}, silent, 'within 30 s'],
    ['missing', [], {}, standing, 'for 2 min'],
    ['missing', [], { pullTimeout: { connect: 0 } }, silent, 'after 30 min'],
    ['missing', ['x:1'], arm, silent, 'within 30 s'],
    ['always', ['x:1'], {}, silent, 'within 30 s'],
    ['always', ['x:1'], {}, standing, 'for 2 min'],
    ['refresh', ['x:1'], {}, silent, 'within 10 s'],
    ['refresh', ['x:1'], {}, standing, 'for 20 s'],
    ['refresh', ['x:1'], { pullTimeout: { connect: 0 } }, silent, 'after 30 min'],
    ['refresh', [], {}, silent, 'within 30 s'],
    ['refresh', ['x:1'], arm, standing, 'for 2 min'],
    ['refresh', ['x:1'], { pullTimeout: { connect: 60_000 } }, silent, 'within 60 s'],
    ['refresh', ['x:1'], { pullTimeout: { idle: 7, total: 0 } }, silent, 'within 10 s'],
    ['missing', [], { pullTimeout: { idle: 7, total: 0 } }, standing, 'for 7 ms'],
    // A caller's option that is not set.
    ['missing', [], { pullTimeout: { connect: undefined } }, silent, 'within 30 s'],
  ])('under %s, local %j, %j', async (policy, images, options, script, limit) => {
    await using engine = await FakeEngine.start({ images })
    engine.on('pull', script)
    const { onEvent, heard } = hears(script === standing ? 'progress' : 'pull')
    const job = launch(engine, { image: 'x:1', pull: policy, ...options, onEvent })
    await heard
    vi.advanceTimersByTime(1_800_000)
    const { failure, stale } = await job
    expect(stale?.reason ?? failure?.message).toMatch(new RegExp(`${limit}$`))
  })
})
