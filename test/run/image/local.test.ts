import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { findLocal, type Local } from '../../../src/run/image/local.ts'
import { parseReference } from '../../../src/run/reference.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine, type Setup } from '../../support/fake-engine.ts'
import { digestOf, image } from '../../support/fake-image.ts'

const signal = new AbortController().signal
const digest = `sha256:${digestOf('manifest')}`
const other = `sha256:${digestOf('another manifest')}`

async function look(setup: Setup, text: string, platform?: string): Promise<Local & { asked: string[] }> {
  await using engine = await FakeEngine.start(setup)
  await using client = connect({ host: engine.host, env: {} })
  const local = await findLocal(client, parseReference(text), platform, signal)
  return { ...local, asked: engine.asked }
}

describe('by tag', () => {
  test.each([
    ['x:1', 'x:1'],
    ['x:1', 'docker.io/library/x:1'],
    ['x:1', 'index.docker.io/x:1'],
    ['x:1', 'library/x:1'],
    ['x:1', 'docker.io/x:1'],
    ['x:latest', 'x'],
    ['me/app:1', 'docker.io/me/app:1'],
    ['reg.example:5000/a/b:1', 'reg.example:5000/a/b:1'],
    // Podman shows names in full.
    ['docker.io/library/x:1', 'x:1'],
    ['docker.io/library/x:latest', 'x'],
  ])('the image %s is right for %s', async (tag, text) => {
    expect(await look({ images: [tag] }, text)).toEqual({
      state: 'present',
      image: image(tag),
      asked: ['image'],
    })
  })

  test('one of several tags is enough', async () => {
    const several = image('x:1', { RepoTags: ['x:2', '<none>:<none>', 'y:1', 'x:1'] })
    expect(await look({ images: [several] }, 'x:1')).toMatchObject({ state: 'present' })
  })

  test.each([
    ['nothing is there', 'x:1', []],
    ['the repository has another tag only', 'x', ['x:1']],
    ['another registry has that name', 'x:1', ['reg.example/x:1']],
    ['another namespace has that name', 'x:1', ['me/x:1']],
  ])('absent: %s', async (_, text, images) => {
    expect(await look({ images }, text)).toEqual({ state: 'absent', asked: ['image'] })
  })

  test.each([
    ['another image', { RepoTags: ['foreign:1'] }],
    ['an image without a name', { RepoTags: [] }],
    ['an image whose names are null', { RepoTags: null, RepoDigests: null }],
    ['an image with nothing but <none>', { RepoTags: ['<none>:<none>'] }],
    ['the name with another tag', { RepoTags: ['4473:1'] }],
  ])('absent: the Engine takes the name for the start of an id, of %s', async (_, different) => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    engine.on('image', exchange => exchange.answer(200, image('foreign:1', different)))
    expect(await findLocal(client, parseReference('4473'), undefined, signal)).toEqual({ state: 'absent' })
  })

  test.each([{ Os: '' }, { Architecture: '' }, { Os: '', Architecture: '' }])(
    'absent: the containerd store has the name and not the content, %j',
    async different => {
      expect(await look({ images: [image('x:1', different)] }, 'x:1')).toMatchObject({ state: 'absent' })
    },
  )
})

describe('by digest', () => {
  const pulled = image('x:1', { RepoDigests: [`x@${digest}`] })

  test.each([
    [`x@${digest}`, pulled],
    [`docker.io/library/x@${digest}`, pulled],
    // The digest wins: the Engine asks for no tag.
    [`x:1@${digest}`, pulled],
    [`x:9@${digest}`, pulled],
    [`x@${digest}`, image('x:1', { RepoTags: null, RepoDigests: [`x@${digest}`] })],
    [`x@${digest}`, image('x:1', { RepoDigests: [`x@${other}`, `x@${digest}`] })],
    [`reg.example:5000/a@${digest}`, image('y:1', { RepoDigests: [`reg.example:5000/a@${digest}`] })],
    [`x@${digest}`, image('x:1', { RepoDigests: [`docker.io/library/x@${digest}`] })],
  ])('%s is right', async (text, one) => {
    expect(await look({ images: [one] }, text)).toMatchObject({ state: 'present', image: { Id: one.Id } })
  })

  test('the manifest’s own digest counts, where the containerd store reports it', async () => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    const described = image('x:1', { Descriptor: { mediaType: 'x', digest, size: 1 } })
    engine.on('image', exchange => exchange.answer(200, described))
    const local = await findLocal(client, parseReference(`x@${digest}`), undefined, signal)
    expect(local).toMatchObject({ state: 'present' })
  })

  test.each([
    ['another digest of that repository', [`x@${other}`]],
    ['that digest of another repository', [`reg.example/x@${digest}`]],
    ['no digest at all', []],
    ['digests that are null', null],
  ])('absent: the Engine shows an image with %s', async (_, RepoDigests) => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    engine.on('image', exchange => exchange.answer(200, image('x:1', { RepoDigests })))
    const local = await findLocal(client, parseReference(`x:1@${digest}`), undefined, signal)
    expect(local).toEqual({ state: 'absent' })
  })
})

describe('by id', () => {
  const one = image('x:1')

  test.each([one.Id, one.Id.slice('sha256:'.length)])('%s is right, whatever its names', async text => {
    const nameless = image('x:1', { RepoTags: null, RepoDigests: null })
    expect(await look({ images: [nameless] }, text)).toMatchObject({ state: 'present', image: nameless })
  })

  test('absent: another id', async () => {
    expect(await look({ images: [one] }, other)).toEqual({ state: 'absent', asked: ['image'] })
  })

  test('absent: the Engine shows an image with another id', async () => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    engine.on('image', exchange => exchange.answer(200, one))
    expect(await findLocal(client, parseReference(other), undefined, signal)).toEqual({ state: 'absent' })
  })
})

describe('by the beginning of an id', () => {
  const one = image('x:1')
  const short = one.Id.slice('sha256:'.length, 'sha256:'.length + 12)
  const tagged = image(`${short}:latest`)

  test.each([short, `sha256:${short}`, one.Id.slice('sha256:'.length, -1)])('%s is right', async text => {
    const found = await look({ images: [one] }, text)
    expect(found).toEqual({ state: 'present', image: one, asked: ['image', 'image'] })
  })

  test('an image of that name comes first', async () => {
    const found = await look({ images: [one, tagged] }, short)
    // The Engine shows whichever it likes: by a name in full it can't take it for an id.
    expect(found).toEqual({ state: 'present', image: tagged, asked: ['image'] })
  })

  test('the name is asked for in full, then the id', async () => {
    await using engine = await FakeEngine.start({ images: [one] })
    await using client = connect({ host: engine.host, env: {} })
    await findLocal(client, parseReference(short), undefined, signal)
    expect(engine.requests.map(({ about }) => about)).toEqual([
      `docker.io/library/${short}:latest`,
      `sha256:${short}`,
    ])
  })

  test('absent: no id begins so', async () => {
    const found = await look({ images: [one] }, 'ffffffffffff')
    expect(found).toEqual({ state: 'absent', asked: ['image', 'image'] })
  })

  test('absent: the Engine shows another image for it', async () => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    for (const _ of [1, 2]) engine.on('image', exchange => exchange.answer(200, one))
    const found = await findLocal(client, parseReference('ffffffffffff'), undefined, signal)
    expect(found).toEqual({ state: 'absent' })
  })

  test.each([
    ['eleven digits are a name', short.slice(0, 11)],
    ['with a tag they are a name', `${short}:latest`],
    ['with a registry they are a name', `docker.io/library/${short}`],
    ['a word of such letters is a name', 'cafe'],
  ])('absent: %s', async (_, text) => {
    // Its id begins with the word: the Engine alone would take it for this one.
    const lure = image('foreign:1', { Id: `sha256:${text.padEnd(64, '0').slice(0, 64)}` })
    const images = /[:/]/.test(text) ? [one] : [one, lure]
    expect(await look({ images }, text)).toEqual({ state: 'absent', asked: ['image'] })
  })

  test('the platform is compared, and asked for by the id', async () => {
    const both = [one, image('x:1', { Architecture: 'arm64' })]
    await using engine = await FakeEngine.start({ apiVersion: '1.49', images: both })
    await using client = connect({ host: engine.host, env: {} })
    const found = await findLocal(client, parseReference(short), 'linux/arm64', signal)
    expect(found).toEqual({ state: 'present', image: both[1] })
    expect(engine.requests.at(-1)?.about).toBe(`sha256:${short}`)
  })
})

describe('platform', () => {
  const arm7 = image('x:1', { Architecture: 'arm', Variant: 'v7' })

  test.each([
    ['linux/amd64', image('x:1')],
    ['linux/x86_64', image('x:1')],
    ['linux/arm/v7', arm7],
    ['linux/arm', arm7],
    ['linux/arm64', image('x:1', { Architecture: 'arm64', Variant: 'v8' })],
    ['linux/arm64/v8', image('x:1', { Architecture: 'arm64' })],
    ['linux/arm/v6', image('x:1', { Architecture: 'arm', Variant: '' })],
  ])('%s is right', async (platform, one) => {
    expect(await look({ images: [one] }, 'x:1', platform)).toMatchObject({ state: 'present' })
  })

  test.each([
    ['linux/arm64', image('x:1'), 'linux/amd64'],
    ['windows/amd64', image('x:1'), 'linux/amd64'],
    ['linux/arm/v6', arm7, 'linux/arm/v7'],
  ])(
    '%s is wrong, and the Engine is not asked for what it would not look at',
    async (platform, one, found) => {
      expect(await look({ images: [one] }, 'x:1', platform)).toEqual({
        state: 'mismatch',
        found,
        asked: ['image'],
      })
    },
  )

  const both = [image('x:1'), image('x:1', { Id: `sha256:${digestOf('arm')}`, Architecture: 'arm64' })]

  test('from API 1.49 on the Engine is asked for the platform, as JSON', async () => {
    await using engine = await FakeEngine.start({ apiVersion: '1.49', images: both })
    await using client = connect({ host: engine.host, env: {} })
    const local = await findLocal(client, parseReference('x:1'), 'linux/arm64', signal)
    expect(local).toEqual({ state: 'present', image: both[1] })
    expect(engine.requests.map(({ query }) => query.get('platform'))).toEqual([
      null,
      '{"os":"linux","architecture":"arm64"}',
    ])
  })

  test('and is not believed: what it shows is compared', async () => {
    await using engine = await FakeEngine.start({ apiVersion: '1.49', images: both })
    await using client = connect({ host: engine.host, env: {} })
    for (const _ of [1, 2]) engine.on('image', exchange => exchange.answer(200, image('x:1')))
    const local = await findLocal(client, parseReference('x:1'), 'linux/arm64', signal)
    expect(local).toEqual({ state: 'mismatch', found: 'linux/amd64' })
    expect(engine.asked).toEqual(['image', 'image'])
  })

  test('a platform that it does not have is a wrong image, not a missing one', async () => {
    expect(await look({ apiVersion: '1.49', images: [image('x:1')] }, 'x:1', 'linux/arm64')).toEqual({
      state: 'mismatch',
      found: 'linux/amd64',
      asked: ['image', 'image'],
    })
  })

  test('before API 1.49 it is not asked', async () => {
    expect(await look({ apiVersion: '1.48', images: both }, 'x:1', 'linux/arm64')).toEqual({
      state: 'mismatch',
      found: 'linux/amd64',
      asked: ['image'],
    })
  })
})

test.each([
  [500, 'engine-error'],
  [400, 'engine-error'],
  [403, 'engine-error'],
])('any other answer than 404 is an error: %i', async (status, kind) => {
  await using engine = await FakeEngine.start()
  await using client = connect({ host: engine.host, env: {} })
  engine.on('image', exchange => exchange.answer(status, 'invalid reference format'))
  expect(await rejection(findLocal(client, parseReference('x:1'), undefined, signal))).toMatchObject({
    kind,
    status,
  })
})

test('a signal ends the look, and its reason comes out unchanged', async () => {
  await using engine = await FakeEngine.start()
  await using client = connect({ host: engine.host, env: {} })
  engine.on('image', () => undefined)
  const controller = new AbortController()
  const looking = rejection(findLocal(client, parseReference('x:1'), undefined, controller.signal))
  const seen = await engine.seen('image')
  const reason = new Error('enough')
  controller.abort(reason)
  expect(await looking).toBe(reason)
  await seen.closed
})
