import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { boundedPull } from '../../../src/run/image/bounded-pull.ts'
import { budgetOf } from '../../../src/run/image/limits.ts'
import type { SharedRequest } from '../../../src/run/image/shared-pull.ts'
import type { PullTimeout } from '../../../src/run/options.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { caller } from '../caller.ts'
import { make, outages, outageWords } from '../making.ts'
import { skipPauses } from '../pauses.ts'

const unlimited = { connect: 0, idle: 0, total: 0 }
const success = '{"status":"Status: Downloaded newer image for x:1"}\r\n'

function bounded(limits: PullTimeout) {
  return (request: SharedRequest) => boundedPull({ ...request, budget: budgetOf(unlimited, limits) })
}

describe('the budget ends a pull, and the Engine sees it dropped', () => {
  const trickle = ({ lines, response }: Exchange) => {
    lines()
    const line = () => response.write('{"status":"Downloading","id":"a"}\r\n')
    const timer = setInterval(line, 1)
    response.on('close', () => clearInterval(timer))
  }

  skipPauses()

  test.each<[string, PullTimeout, (exchange: Exchange) => unknown, RunEvent['type'], string]>([
    ['no answer', { connect: 50 }, () => undefined, 'pull', 'no progress from the Engine within 50 ms'],
    [
      'an answer without a line',
      { connect: 50 },
      ({ lines }) => lines(),
      'pull',
      'no progress from the Engine within 50 ms',
    ],
    [
      'half a line',
      { connect: 50 },
      ({ lines, response }) => {
        lines()
        response.write('{"status":"Down')
      },
      'pull',
      'no progress from the Engine within 50 ms',
    ],
    [
      'an answer that has stopped',
      { connect: 40, idle: 50 },
      ({ lines }) => lines({ status: 'Downloading', id: 'a' }),
      'progress',
      'no progress for 50 ms',
    ],
    ['a trickle without end', { connect: 40, total: 50 }, trickle, 'progress', 'it was not done after 50 ms'],
  ])('%s', async (_, limits, script, sign, words) => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    engine.on('pull', script)
    const pulling = caller(bounded(limits), client)
    const seen = await engine.seen('pull')
    await pulling.heard(sign)
    vi.advanceTimersByTime(50)
    expect(await rejection(pulling.end)).toMatchObject({
      kind: 'registry-outage',
      message: `x:1 could not be pulled: ${words}`,
    })
    await seen.closed
    expect(engine.asked).toEqual(['ping', 'pull'])
  })

  test('not in the look-up of credentials, which is no fault of the registry’s', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const credentials = () => {
      vi.advanceTimersByTime(29_999)
      return undefined
    }
    const made = await make(engine, 'x:1', 'missing', { credentials, pullTimeout: { total: 50 } })
    expect(made.error).toBe(undefined)
  })

  test('a credentials function without an end is no outage', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const credentials = () => {
      vi.advanceTimersByTime(30_000)
      return new Promise<undefined>(() => undefined)
    }
    const made = await make(engine, 'x:1', 'missing', { credentials, pullTimeout: { total: 50 } })
    expect(made.facts).toMatchObject({ reference: 'x:1' })
    expect(engine.asked).toEqual(['image', 'image', 'pull', 'image'])
  })

  test('and says what the tries before have met', async () => {
    await using engine = await FakeEngine.start()
    outages(engine, 1)
    engine.on('pull', () => void vi.advanceTimersByTime(30_000))
    const made = await make(engine, 'x:1', 'missing')
    expect(made.error).toMatchObject({
      message: `x:1 could not be pulled: no progress from the Engine within 30 s; before that, x:1 could not be pulled: ${outageWords}`,
    })
    expect(engine.asked).toEqual(['image', 'image', 'pull', 'pull'])
  })

  test('and waits for no try that can’t come in time: reports the failure at once', async () => {
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    outages(engine, 1)
    // The shortest pause is as long.
    const made = await make(engine, 'x:1', 'missing', { pullTimeout: { connect: 500 } })
    expect(made.error).toMatchObject({
      kind: 'registry-outage',
      message: `x:1 could not be pulled: ${outageWords}`,
      engineMessage: outageWords,
      hint: expect.stringContaining('docker.io is failing'),
    })
    expect(engine.asked).toEqual(['image', 'image', 'pull'])
  })
})

describe('one pull, and several budgets', () => {
  test('a caller whose budget is used up leaves; the others have theirs', async () => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    const pull = new Promise<Exchange>(resolve => engine.on('pull', resolve))
    const short = caller(bounded({ connect: 50 }), client)
    const long = caller(bounded({}), client)
    expect(await rejection(short.end)).toMatchObject({ kind: 'registry-outage' })
    const { lines, response } = await pull
    lines()
    response.end(success)
    expect(await long.end).toEqual({ concluded: true })
    expect(engine.asked).toEqual(['ping', 'pull'])
  })

  test('a latecomer does not take the Engine for silent that has spoken before', async () => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    const pull = new Promise<Exchange>(resolve => engine.on('pull', resolve))
    const first = caller(bounded({}), client)
    const { lines, response } = await pull
    lines({ status: 'Downloading', id: 'a' })
    await first.heard('progress')
    const late = caller(bounded({ connect: 1 }), client)
    const impatient = caller(bounded({ idle: 50 }), client)
    // By then the latecomer's first limit is long over.
    expect(await rejection(impatient.end)).toMatchObject({
      message: expect.stringContaining('no progress for'),
    })
    response.end(success)
    expect(await late.end).toEqual({ concluded: true })
    await first.end
  })
})

describe('the breaker', () => {
  let directory: string
  let file: string

  skipPauses()
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-breaker-'))
    file = join(directory, 'docker.io.json')
  })
  afterEach(async () => {
    await rm(directory, { recursive: true })
  })

  function pulls(engine: FakeEngine): number {
    return engine.asked.filter(operation => operation === 'pull').length
  }

  async function outagesNoted(): Promise<number> {
    return JSON.parse(await readFile(file, 'utf8').catch(() => '[]')).length
  }

  /** An Engine with `x:1`, whose registry has failed so many pulls. */
  async function failing(times: number): Promise<FakeEngine> {
    const engine = await FakeEngine.start({ images: ['x:1'], registry: ['x:1', 'y:1'] })
    for (let time = 0; time < times; time++) {
      outages(engine)
      await make(engine, 'x:1', 'always', { breaker: directory })
    }
    return engine
  }

  test('opens after three outages: the registry is not asked, and an event says until when', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    await using engine = await failing(3)
    engine.requests.length = 0
    const made = await make(engine, 'y:1', 'missing', { breaker: directory })
    const reason = 'docker.io failed 3 times within five minutes'
    const until = new Date(Date.now() + 60_000).toISOString()
    expect(made.events).toEqual([
      { type: 'phase', phase: 'inspect' },
      { type: 'skipped', image: 'y:1', registry: 'docker.io', reason, until },
    ])
    expect(made.error).toMatchObject({
      kind: 'registry-outage',
      message: `y:1 was not pulled: ${reason}, and is left alone`,
      hint: `It is asked again from ${until} on. The breaker's directory is ${directory}.`,
    })
    expect(made.registry).toEqual({ contacted: false })
    expect(engine.asked).toEqual(['image', 'image'])
  })

  test('refresh runs the local copy at once', async () => {
    await using engine = await failing(3)
    engine.requests.length = 0
    const made = await make(engine, 'x:1', 'refresh', { breaker: directory })
    expect(made.facts).toMatchObject({ reference: 'x:1' })
    expect(made.events.map(({ type }) => type)).toEqual(['phase', 'skipped', 'phase', 'stale', 'image'])
    expect(made.events).toContainEqual(
      expect.objectContaining({ kind: 'registry-outage', reason: expect.stringContaining('is left alone') }),
    )
    expect(engine.asked).toEqual(['image', 'image'])
  })

  test('other registries are asked, and pulls without a breaker ask', async () => {
    await using engine = await failing(3)
    await make(engine, 'reg.example/x:1', 'missing', { breaker: directory })
    await make(engine, 'x:1', 'always')
    expect(pulls(engine)).toBe(9 + 2)
  })

  test.each<[string, (engine: FakeEngine) => unknown]>([
    ['a success', () => undefined],
    ['denied', engine => engine.on('pull', exchange => exchange.answer(403, 'denied'))],
    ['not found', engine => engine.on('pull', exchange => exchange.answer(404, 'manifest unknown'))],
  ])('%s is an answer: the outages before are forgotten', async (_, prepare) => {
    await using engine = await failing(2)
    expect(await outagesNoted()).toBe(2)
    prepare(engine)
    await make(engine, 'x:1', 'always', { breaker: directory })
    expect(await outagesNoted()).toBe(0)
  })

  test.each<[string, (engine: FakeEngine, controller: AbortController) => unknown]>([
    ['a full disk', engine => engine.on('pull', exchange => exchange.answer(500, 'no space left on device'))],
    ['an Engine that breaks off', engine => engine.on('pull', exchange => exchange.drop())],
    ['an aborted pull', (engine, controller) => engine.on('pull', () => controller.abort())],
  ])('%s says nothing of the registry', async (_, prepare) => {
    await using engine = await failing(2)
    const controller = new AbortController()
    prepare(engine, controller)
    const { signal } = controller
    const made = await make(engine, 'x:1', 'always', { breaker: directory, signal, engineGrace: 0 })
    expect(made.facts).toBe(undefined)
    expect(await outagesNoted()).toBe(2)
  })

  test('a budget at its end is an outage', async () => {
    await using engine = await FakeEngine.start()
    engine.on('pull', () => undefined)
    const making = make(engine, 'x:1', 'missing', { breaker: directory, pullTimeout: { connect: 50 } })
    await engine.seen('pull')
    vi.advanceTimersByTime(50)
    await making
    expect(await outagesNoted()).toBe(1)
  })

  test('a budget at its end is one outage, however many share it', async () => {
    await using engine = await FakeEngine.start()
    engine.on('pull', () => undefined)
    await using client = connect({ host: engine.host, env: {} })
    const wants = { options: { breaker: directory } }
    const callers = Array.from({ length: 5 }, () => caller(bounded({ connect: 50 }), client, wants))
    await engine.seen('pull')
    vi.advanceTimersByTime(50)
    for (const { end } of callers) await rejection(end)
    expect(await outagesNoted()).toBe(1)
  })

  test('an outage is one, however many share the pull', async () => {
    await using engine = await FakeEngine.start()
    const pull = new Promise<Exchange>(resolve => engine.on('pull', resolve))
    outages(engine, 2)
    await using client = connect({ host: engine.host, env: {} })
    const wants = { options: { breaker: directory } }
    const callers = Array.from({ length: 5 }, () => caller(bounded({}), client, wants))
    await Promise.all(callers.map(each => each.heard('pull')))
    ;(await pull).answer(500, outageWords)
    for (const { end } of callers) await rejection(end)
    expect(pulls(engine)).toBe(3)
    expect(await outagesNoted()).toBe(1)
  })

  test('an outage is one, although the first caller has left', async () => {
    await using engine = await FakeEngine.start()
    const pull = new Promise<Exchange>(resolve => engine.on('pull', resolve))
    outages(engine, 2)
    await using client = connect({ host: engine.host, env: {} })
    const wants = { options: { breaker: directory } }
    const [first, second] = [caller(bounded({}), client, wants), caller(bounded({}), client, wants)]
    await second.heard('pull')
    first.leave(new Error('enough'))
    await rejection(first.end)
    ;(await pull).answer(500, outageWords)
    await rejection(second.end)
    expect(await outagesNoted()).toBe(1)
  })

  test('an outage is noted in the breakers of all callers of the pull', async () => {
    const other = await mkdtemp(join(tmpdir(), 'holdfast-breaker-'))
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    const pull = bounded({})
    outages(engine)
    const callers = [{}, { breaker: directory }, { breaker: other }, { breaker: other }]
    const ends = callers.map(options => rejection(caller(pull, client, { options }).end))
    for (const error of await Promise.all(ends)) expect(error).toMatchObject({ kind: 'registry-outage' })
    const file = (folder: string) => readFile(join(folder, 'docker.io.json'), 'utf8')
    for (const folder of [directory, other]) expect(JSON.parse(await file(folder))).toHaveLength(1)
    await rm(other, { recursive: true })
  })

  test('that can’t be used is a warning, and the pull goes out', async () => {
    await mkdir(file)
    await using engine = await FakeEngine.start({ registry: ['x:1'] })
    const made = await make(engine, 'x:1', 'missing', { breaker: directory })
    expect(made.facts).toMatchObject({ reference: 'x:1' })
    const warnings = made.events.flatMap(event => (event.type === 'warning' ? [event.message] : []))
    expect(warnings[0]).toBe(
      `no breaker, as its directory can't be used: ${file} was not written by holdfast`,
    )
  })

  test('that can’t be used hides no failure', async () => {
    await writeFile(join(directory, 'plain'), '')
    await using engine = await FakeEngine.start()
    outages(engine)
    const made = await make(engine, 'x:1', 'missing', { breaker: join(directory, 'plain') })
    expect(made.error).toMatchObject({ kind: 'registry-outage', engineMessage: outageWords })
    expect(made.events).toContainEqual({
      type: 'warning',
      message: expect.stringContaining("no breaker, as its directory can't be used"),
    })
  })

  test('plays no part where nothing is pulled', async () => {
    await mkdir(file)
    await using engine = await FakeEngine.start({ images: ['x:1'] })
    for (const policy of ['missing', 'never'] as const) {
      const made = await make(engine, 'x:1', policy, { breaker: directory })
      expect(made.events.map(({ type }) => type)).toEqual(['phase', 'image'])
    }
  })
})
