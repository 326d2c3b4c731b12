import { describe, expect, test, vi } from 'vitest'
import type { ImageInspect } from '../../../src/engine/wire.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { HoldfastError } from '../../../src/run/failure.ts'
import { type StaleRequest, staleCopy, toleratedFailure } from '../../../src/run/image/stale.ts'
import type { RunOptions } from '../../../src/run/options.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { digestOf, image } from '../../support/fake-image.ts'
import { named } from '../caller.ts'
import { launch, prints } from '../launch.ts'
import { make, outages, outageWords } from '../making.ts'
import { skipPauses } from '../pauses.ts'

const digest = `sha256:${digestOf('manifest')}`
const local = image('bb:1', { RepoDigests: [`bb@${digest}`] })
const newer = image('bb:1', { Id: `sha256:${digestOf('newer')}` })
const program = prints('out', '', 3)

skipPauses()

/** A run under `refresh`, whose job ends with status 3, and its `stale` events. */
async function refresh(engine: FakeEngine, options: Partial<RunOptions> = {}) {
  const events: RunEvent[] = []
  const outcome = await launch(engine, { pull: 'refresh', onEvent: event => events.push(event), ...options })
  return { outcome, told: events.filter(({ type }) => type === 'stale') }
}

/** How a pull fails, and as what. */
const failures: Array<[string, (exchange: Exchange) => unknown, string]> = [
  ['denied', exchange => exchange.answer(403, 'access denied'), 'registry-denied'],
  ['not found', exchange => exchange.answer(404, 'manifest unknown'), 'registry-not-found'],
  ['the disk full', exchange => exchange.answer(500, 'no space left on device'), 'pull-failed'],
  ['no such platform', exchange => exchange.answer(404, 'no matching manifest for x'), 'image-mismatch'],
  [
    'an end without a word of success',
    exchange => {
      exchange.lines({ status: 'Pulling from bb', id: '1' })
      exchange.response.end()
    },
    'pull-failed',
  ],
]

const sealed = () => {
  throw new Error('vault is sealed')
}

describe('refresh, the registry being there', () => {
  test('takes what is newer', async () => {
    await using engine = await FakeEngine.start({ images: [local], registry: [newer], program })
    const { outcome, told } = await refresh(engine)
    expect(outcome).toMatchObject({
      exitCode: 3,
      image: { id: newer.Id },
      stale: null,
      registry: { contacted: true, reason: 'refresh' },
    })
    expect(told).toEqual([])
  })

  test('takes what is there, when that is still the newest', async () => {
    await using engine = await FakeEngine.start({ images: [local], registry: [local], program })
    const { outcome, told } = await refresh(engine)
    expect(outcome).toMatchObject({ exitCode: 3, image: { id: local.Id }, stale: null })
    expect(told).toEqual([])
    expect(engine.asked.slice(0, 4)).toEqual(['image', 'pull', 'image', 'create'])
  })

  test('pulls what is not local, for that reason', async () => {
    await using engine = await FakeEngine.start({ registry: [newer], program })
    const { outcome } = await refresh(engine)
    expect(outcome).toMatchObject({ exitCode: 3, registry: { reason: 'missing' }, stale: null })
  })

  test('does not ask for a digest that is local: it can’t have changed', async () => {
    await using engine = await FakeEngine.start({ images: [local], registry: [local], program })
    const { outcome } = await refresh(engine, { image: `bb@${digest}` })
    expect(outcome).toMatchObject({ exitCode: 3, registry: { contacted: false }, stale: null })
    expect(engine.asked).not.toContain('pull')
  })
})

describe('refresh in an outage', () => {
  test('takes a message that it does not know for one', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    for (let time = 0; time < 3; time++)
      engine.on('pull', exchange => exchange.answer(500, 'le registre est en panne'))
    const { outcome } = await refresh(engine)
    expect(outcome).toMatchObject({ exitCode: 3, stale: { kind: 'registry-outage' } })
  })

  test('runs the local copy, and says so', async () => {
    await using engine = await FakeEngine.start({ images: [local], registry: [newer], program })
    outages(engine)
    const { outcome, told } = await refresh(engine)
    const stale = {
      reason: `bb:1 could not be pulled: ${outageWords}`,
      kind: 'registry-outage',
      age: expect.any(Number),
      digest,
    }
    expect(outcome).toMatchObject({
      kind: 'exit',
      exitCode: 3,
      stdout: 'out',
      image: { id: local.Id },
      registry: { contacted: true, reason: 'refresh' },
    })
    expect(outcome.stale).toStrictEqual(stale)
    expect(told).toStrictEqual([{ type: 'stale', image: 'bb:1', ...stale }])
    expect(engine.asked.filter(operation => operation === 'pull')).toHaveLength(3)
  })

  test('and the job does well: so does the run', async () => {
    await using engine = await FakeEngine.start({ images: [local], program: prints('') })
    outages(engine)
    expect((await refresh(engine)).outcome).toMatchObject({
      kind: 'ok',
      failure: null,
      stale: { kind: 'registry-outage' },
    })
  })

  test.each<[string, ImageInspect[], Partial<RunOptions>]>([
    ['nothing is local', [], {}],
    ['what is local is for another platform', [local], { platform: 'linux/arm64' }],
    ['another digest is local', [local], { image: `bb@sha256:${digestOf('other')}` }],
  ])('fails where %s', async (_, images, options) => {
    await using engine = await FakeEngine.start({ images, program })
    outages(engine)
    const { outcome, told } = await refresh(engine, { staleIf: 'any', ...options })
    expect(outcome).toMatchObject({ kind: 'registry-outage', stale: null, container: null })
    expect(told).toEqual([])
  })

  test.each(['always', 'missing'] as const)('under %s there is no stale copy', async pull => {
    await using engine = await FakeEngine.start({ images: pull === 'always' ? [local] : [], program })
    outages(engine)
    const { outcome } = await refresh(engine, { pull, staleIf: 'any' })
    expect(outcome).toMatchObject({ kind: 'registry-outage', stale: null })
  })
})

describe('a pull that fails for another reason than an outage', () => {
  test.each(failures)('%s: ends the run, and says why the local copy did not run', async (_, fail, kind) => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', fail)
    const { outcome, told } = await refresh(engine)
    expect(outcome).toMatchObject({ kind, stale: null, container: null })
    expect(outcome.failure?.hint).toMatch(/^The local copy did not run: .*\(the option staleIf\)/)
    expect(told).toEqual([])
    expect(engine.asked.filter(operation => operation === 'pull')).toHaveLength(1)
  })

  test.each(failures)('%s: runs the local copy under staleIf any', async (_, fail, kind) => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', fail)
    const { outcome, told } = await refresh(engine, { staleIf: 'any' })
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 3, stale: { kind, digest } })
    expect(told).toMatchObject([{ kind, digest }])
  })

  // What Docker says of each layer, and Podman of the last.
  test.each(['Download complete', 'Already exists', 'Pull complete'])(
    'a stream that is cut after "%s" is not believed',
    async status => {
      await using engine = await FakeEngine.start({ images: [local], program })
      engine.on('pull', exchange => {
        exchange.lines({ status: 'Pulling from bb', id: '1' }, { status, id: 'a' })
        exchange.response.end()
      })
      const { outcome } = await refresh(engine)
      expect(outcome).toMatchObject({ kind: 'pull-failed', stale: null, container: null })
    },
  )

  test('a warning after the word of success takes nothing from it', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', exchange => {
      const said = [
        'Pulling from bb',
        'Status: Image is up to date for bb:1',
        'WARNING: not for this platform',
      ]
      exchange.lines(...said.map(status => ({ status })))
      exchange.response.end()
    })
    const { outcome } = await refresh(engine)
    expect(outcome).toMatchObject({ kind: 'exit', stale: null })
  })

  test('credentials that can’t be had, and a registry that refuses without them, end the run', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', exchange => exchange.answer(403, 'access denied'))
    const { outcome } = await refresh(engine, { credentials: sealed })
    expect(outcome).toMatchObject({
      kind: 'credential-error',
      failure: { hint: expect.stringContaining('The local copy did not run') },
    })
  })

  test('and run the local copy under staleIf any', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', exchange => exchange.answer(403, 'access denied'))
    const { outcome } = await refresh(engine, { credentials: sealed, staleIf: 'any' })
    expect(outcome).toMatchObject({ exitCode: 3, stale: { kind: 'credential-error' } })
  })

  test('a copy that lost its name to what was pulled does not run: the name would run the other', async () => {
    const arm = image('bb:1', { Architecture: 'arm64' })
    await using engine = await FakeEngine.start({ images: [arm], registry: [newer], program })
    const { outcome, told } = await refresh(engine, { platform: 'linux/arm64', staleIf: 'any' })
    expect(outcome).toMatchObject({ kind: 'image-mismatch', stale: null, container: null })
    expect(told).toEqual([])
  })
})

describe('whatever staleIf says, nothing runs', () => {
  const options = { pull: 'refresh', staleIf: 'any', engineGrace: 0 } as const

  test.each<[string, (exchange: Exchange) => unknown, string]>([
    ['the Engine breaks off', exchange => exchange.drop(), 'engine-unreachable'],
    ['it talks nonsense', exchange => exchange.response.writeHead(200).end('<html>\n'), 'engine-error'],
  ])('when %s', async (_, fail, kind) => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', fail)
    const { outcome, told } = await refresh(engine, options)
    expect(outcome).toMatchObject({ kind, stale: null, container: null })
    expect(outcome.failure?.hint ?? '').not.toContain('local copy')
    expect(told).toEqual([])
  })

  test('when the image is gone after the pull', async () => {
    await using engine = await FakeEngine.start({ images: [local], registry: [local], program })
    engine.on('pull', async exchange => {
      await exchange.proceed()
      engine.images.length = 0
    })
    expect((await refresh(engine, options)).outcome).toMatchObject({ kind: 'image-missing', stale: null })
  })

  test('when the run is cancelled', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    const controller = new AbortController()
    engine.on('pull', () => controller.abort())
    const { outcome, told } = await refresh(engine, { ...options, signal: controller.signal })
    expect(outcome).toMatchObject({ kind: 'cancelled', stale: null, container: null })
    expect(outcome.failure?.hint ?? '').not.toContain('local copy')
    expect(told).toEqual([])
  })

  test('when its time is over', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', () => void vi.advanceTimersByTime(1_000))
    const { outcome, told } = await refresh(engine, { ...options, timeout: 1_000 })
    expect(outcome).toMatchObject({ kind: 'timeout', stale: null, container: null })
    expect(told).toEqual([])
  })

  test('when its time is over at the very end of the budget', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    engine.on('pull', () => void vi.advanceTimersByTime(1_000))
    // The budget's timer is the first to fire.
    const limits = { timeout: 1_000, pullTimeout: { total: 999 } }
    const { outcome } = await refresh(engine, { ...options, ...limits })
    expect(outcome).toMatchObject({ kind: 'timeout', stale: null, container: null })
  })
})

describe('how old the copy may be', () => {
  const now = Date.parse('2026-11-23T15:00:00Z')
  const outage = new HoldfastError('registry-outage', 'x', { engineMessage: 'EOF', hint: 'Wait.' })

  function ask(different: Partial<ImageInspect>, options: StaleRequest['options'], error: unknown = outage) {
    vi.useFakeTimers({ toFake: ['Date'], now })
    const events: RunEvent[] = []
    const request = { reference: named('bb:1'), options, emit: (event: RunEvent) => events.push(event) }
    const copy = image('bb:1', { Created: '2026-11-23T12:00:00Z', ...different })
    try {
      return { ran: staleCopy(toleratedFailure(error, options), copy, request) === copy, events }
    } catch (error) {
      return { ran: false, error, events }
    }
  }

  const hours = 3_600_000
  const unknown = { Created: '' }

  test.each<[Partial<ImageInspect>, number | undefined, number | null]>([
    [{}, undefined, 3 * hours],
    [{}, 3 * hours, 3 * hours],
    [unknown, undefined, null],
  ])('%j, maxStale %s: runs, and the event has the age', (different, maxStale, age) => {
    const asked = ask(different, maxStale === undefined ? {} : { maxStale })
    expect(asked).toMatchObject({ ran: true, events: [{ type: 'stale', age, digest: null, reason: 'x' }] })
  })

  test.each<[Partial<ImageInspect>, number, string]>([
    [{}, 3 * hours - 1, 'it is 3 h old, and may be 2 h 59 min 59.999 s old at most'],
    [{}, 0, 'it is 3 h old, and may be 0 ms old at most'],
    [unknown, 365 * 24 * hours, 'it is of unknown age, and may be 365 days old at most'],
  ])('%j, maxStale %s: does not run, and the hint has the age', (different, maxStale, words) => {
    const { error, events } = ask(different, { maxStale })
    const hint = `The local copy did not run: ${words} (the option maxStale). Wait.`
    expect(error).toMatchObject({ kind: 'registry-outage', message: 'x', engineMessage: 'EOF', hint })
    expect(events).toEqual([])
  })

  test('counts under staleIf any as well', () => {
    const denied = new HoldfastError('registry-denied', 'no')
    expect(ask({}, { staleIf: 'any', maxStale: 1 }, denied).error).toMatchObject({ kind: 'registry-denied' })
    expect(ask({}, { staleIf: 'any' }, denied)).toMatchObject({ ran: true })
  })

  test('the failure keeps its cause', () => {
    const cause = new Error('cause')
    const failure = new HoldfastError('registry-denied', 'no', { cause })
    expect(ask({}, {}, failure).error).toMatchObject({ cause })
  })

  test('reaches the run', async () => {
    await using engine = await FakeEngine.start({ images: [local], program })
    outages(engine)
    const { outcome } = await refresh(engine, { maxStale: 0 })
    expect(outcome).toMatchObject({
      kind: 'registry-outage',
      failure: { hint: expect.stringContaining('maxStale') },
    })
  })
})

test('pull(), which is to make an image new, has no stale copies: its policy is always', async () => {
  await using engine = await FakeEngine.start({ images: [local] })
  outages(engine)
  expect((await make(engine, 'bb:1', 'always', { staleIf: 'any' })).error).toMatchObject({
    kind: 'registry-outage',
  })
})
