import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { RunOptions } from '../../src/run/options.ts'
import type { Outcome } from '../../src/run/outcome.ts'
import { run } from '../../src/run/run.ts'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { engineJson } from './support/request.ts'
import { type BlobCut, startTrouble, type Trouble } from './support/trouble.ts'

const callers = 50
/** Of the layer alone. From the cut on, a pull takes most of a second. */
const held: BlobCut = { after: 2 * 2 ** 20, end: 'trickle', pace: { bytes: 64 * 1_024, everyMs: 25 } }

let engine: TestEngine
let registry: TestRegistry
let trouble: Trouble
let image: string
let reports: RequestReport[]

const note = (report: unknown) => void reports.push(report as RequestReport)

beforeAll(async () => {
  engine = await startEngine()
  registry = await startRegistry()
  const name = `${registry.address}/team/batch:1.4`
  await importBusybox(engine.socket, name, { pad: 4 })
  await push(engine.socket, name)
  await remove(engine.socket, name)
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
})

beforeEach(async () => {
  trouble = await startTrouble('proxy', registry.address)
  image = `${trouble.address}/team/batch:1.4`
  reports = []
  subscribe('holdfast:engine:request', note)
})

afterEach(async () => {
  unsubscribe('holdfast:engine:request', note)
  await trouble.stop()
  expect(await leftBehind(engine.socket)).toEqual([])
  for (const { Id } of await engineJson<{ Id: string }[]>(engine.socket, 'GET', '/images/json')) {
    await remove(engine.socket, Id)
  }
})

interface Caller {
  outcome: Promise<Outcome>
  events: RunEvent[]
  leave(): void
}

function call(options: Pick<RunOptions, 'engine'>): Caller {
  const controller = new AbortController()
  const events: RunEvent[] = []
  const outcome = run({
    image,
    command: ['echo', 'done'],
    reject: false,
    signal: controller.signal,
    onEvent: event => events.push(event),
    ...options,
  })
  return { outcome: Promise.resolve(outcome), events, leave: () => controller.abort() }
}

const callAll = (options: Pick<RunOptions, 'engine'>) => Array.from({ length: callers }, () => call(options))

function pulls(): RequestReport[] {
  return reports.filter(({ method, path }) => method === 'POST' && path.includes('/images/create?'))
}

/** Whether each caller's pull was another's. */
function shared(all: readonly Caller[]): (boolean | undefined)[] {
  return all.map(({ events }) => events.find(event => event.type === 'pull')?.shared)
}

async function expectDone(all: readonly Caller[]): Promise<void> {
  for (const { outcome, events } of all) {
    expect(await outcome).toMatchObject({
      kind: 'ok',
      stdout: 'done\n',
      registry: { contacted: true, registry: trouble.address, reason: 'missing' },
    })
    expect(events.some(({ type }) => type === 'progress')).toBe(true)
  }
}

/** The registry has seen one pull, and the Engine one request for it. */
function expectOnePull(): void {
  expect(pulls()).toHaveLength(1)
  const blobs = trouble.requests.filter(({ path }) => path.includes('/blobs/')).map(({ path }) => path)
  expect(blobs).toHaveLength(new Set(blobs).size)
  expect(trouble.requests.filter(({ method }) => method === 'HEAD')).toHaveLength(1)
}

describe(`${callers} runs at once of an image that is not local`, () => {
  beforeEach(() => {
    trouble.blobs = held
  })

  it('share one pull', async () => {
    await using open = connect(engine.host)
    const all = callAll({ engine: open })
    await expectDone(all)
    expectOnePull()
    expect(shared(all).filter(another => another === false)).toHaveLength(1)
  })

  it('share one pull, each with an Engine of its own, and the first caller may leave', async () => {
    const all = callAll({ engine: engine.host })
    await trouble.waitForCut()
    const [first, ...more] = all.filter((_, at) => shared(all)[at] === false)
    expect(more).toEqual([])
    first?.leave()
    expect(await first?.outcome).toMatchObject({ kind: 'cancelled', container: null })
    const others = all.filter(caller => caller !== first)
    expect(others).toHaveLength(callers - 1)
    expect(others.flatMap(({ events }) => events).filter(({ type }) => type === 'image')).toEqual([])
    await expectDone(others)
    expectOnePull()
  })
})

it('a run joins a pull that is under way, and may leave it', async () => {
  trouble.blobs = held
  const first = call({ engine: engine.host })
  await trouble.waitForCut()
  const [staying, leaving] = [call({ engine: engine.host }), call({ engine: engine.host })]
  await expect.poll(() => shared([staying, leaving]), { interval: 5 }).toEqual([true, true])
  leaving.leave()
  expect(await leaving.outcome).toMatchObject({ kind: 'cancelled', container: null })
  await expectDone([first, staying])
  expectOnePull()
})

it('a pull that everybody has left is dropped, and the Engine stops', async () => {
  trouble.blobs = { ...held, pace: { bytes: 1, everyMs: 50 } }
  const logged = engine.log().length
  const all = [call({ engine: engine.host }), call({ engine: engine.host })]
  await trouble.waitForCut()
  for (const { leave } of all) leave()
  for (const { outcome } of all) expect(await outcome).toMatchObject({ kind: 'cancelled', container: null })
  await trouble.waitForNoConnections()
  await expect
    .poll(() => engine.log().slice(logged), { interval: 20, timeout: 10_000 })
    .toMatch(/context canceled/)
  expectOnePull()
})

it('of several processes one is killed in mid-pull, and the others finish', async () => {
  const user = new User(engine.host)
  trouble.blobs = { ...held, pace: { bytes: 64 * 1_024, everyMs: 50 } }
  const cut = trouble.waitForCut()
  const commands = Array.from({ length: 5 }, () => user.start(['run', image, 'echo', 'done']))
  const [killed, ...others] = commands
  await Promise.all([cut, killed?.printed(/^holdfast: pulling /, 'stderr')])
  killed?.kill('SIGKILL')
  expect(await killed?.finished).toMatchObject({ status: 137 })
  for (const { finished } of others) expect(await finished).toMatchObject({ status: 0, text: 'done\n' })
  expect(user.leave()).toEqual([])
})
