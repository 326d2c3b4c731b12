import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Outcome } from '../../src/run/outcome.ts'
import { type Command, leftBehind, readAudit, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { engineRequest } from './support/request.ts'
import { startTrouble, type Trouble } from './support/trouble.ts'

const pauseMs = 60_000

let engine: TestEngine
let registry: TestRegistry
let trouble: Trouble
let image: string
let user: User

beforeAll(async () => {
  engine = await startEngine()
  registry = await startRegistry()
  const name = `${registry.address}/team/batch:1.4`
  await importBusybox(engine.socket, 'busybox:live')
  await tag(engine.socket, 'busybox:live', name)
  await push(engine.socket, name)
  await remove(engine.socket, name)
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
})

beforeEach(async () => {
  user = new User(engine.host)
  trouble = await startTrouble('500', registry.address)
  image = `${trouble.address}/team/batch:1.4`
  await tag(engine.socket, 'busybox:live', image)
})

afterEach(async () => {
  await trouble.stop()
  await engineRequest(engine.socket, 'DELETE', `/images/${image}?force=1`)
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

interface Process {
  command: Command
  outcome(): Outcome
  /** Whether it had the Engine pull. */
  asked(): boolean
}

let started = 0

/** A process of its own that runs the image; there is no time for a second try by default. */
function start(...flags: string[]): Process {
  const [outcome, audit] = [user.path(`outcome-${++started}`), user.path(`audit-${started}`)]
  const files = ['--outcome', outcome, '--audit', audit, '--breaker', user.path('breaker')]
  const bounds = ['--pull', 'refresh', '--pull-timeout', 'total=400ms']
  const command = user.start(['run', ...files, ...bounds, ...flags, image, 'echo', 'done'])
  return {
    command,
    outcome: () => JSON.parse(readFileSync(outcome, 'utf8')),
    asked: () => readAudit(audit).some(({ path }) => path.includes('/images/create')),
  }
}

/** So many processes at once, which all run the local copy; tells whether each has asked the registry. */
async function runStale(processes: number): Promise<boolean[]> {
  const all = Array.from({ length: processes }, () => start())
  for (const { command, outcome, asked } of all) {
    const { status, text, stderr } = await command.finished
    expect({ status, text, stderr }).toMatchObject({ status: 0, text: 'done\n' })
    expect(stderr).toContain(`holdfast: STALE: running the local copy of ${image}`)
    expect(outcome()).toMatchObject({ kind: 'ok', stale: { kind: 'registry-outage' } })
    expect(outcome().registry.contacted).toBe(asked())
    // What did not ask has not waited.
    expect('pull' in outcome().phases).toBe(asked())
    expect(/not asking .* until /.test(stderr)).toBe(!asked())
  }
  return all.map(({ asked }) => asked())
}

const none = (asked: readonly boolean[]) => asked.every(did => !did)
const count = (asked: readonly boolean[]) => asked.filter(Boolean).length

/** As if the pause had passed since: whatever is written down is that much older. */
function letPausePass(): void {
  const directory = user.path('breaker')
  for (const name of readdirSync(directory)) {
    const file = join(directory, name)
    const times: number[] = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify(times.map(time => time - pauseMs)))
  }
}

/** Three processes, one after another, of which each asks in vain. */
async function openBreaker(): Promise<void> {
  for (let process = 0; process < 3; process++) expect(await runStale(1)).toEqual([true])
}

it('after three outages no process asks for a while; then they ask again, and go on once there is an answer', async () => {
  await openBreaker()
  const { connections } = trouble
  expect(connections).toBeGreaterThan(0)
  expect(none(await runStale(6))).toBe(true)
  expect(trouble.connections).toBe(connections)

  letPausePass()
  expect(count(await runStale(6))).toBeGreaterThan(0)
  const more = trouble.connections
  expect(more).toBeGreaterThan(connections)
  expect(none(await runStale(2))).toBe(true)
  expect(trouble.connections).toBe(more)

  trouble.mode = 'proxy'
  expect(none(await runStale(1))).toBe(true)
  letPausePass()
  for (let round = 0; round < 2; round++) {
    const well = start('--pull-timeout', '1m')
    expect(await well.command.finished).toMatchObject({ status: 0, text: 'done\n' })
    expect(well.outcome()).toMatchObject({ stale: null, registry: { contacted: true } })
  }
})

it('an image that is missing fails at once, and it is said where that was decided', async () => {
  await openBreaker()
  await remove(engine.socket, image)
  const { connections } = trouble
  const { command, outcome, asked } = start('--quiet')
  const { status, stderr } = await command.finished
  expect(status).toBe(125)
  expect(stderr).toMatch(/^holdfast: registry-outage: .* was not pulled: .*\nholdfast: .*\n$/)
  expect(stderr).toContain(user.path('breaker'))
  expect(outcome()).toMatchObject({ kind: 'registry-outage', registry: { contacted: false } })
  expect(asked()).toBe(false)
  expect(trouble.connections).toBe(connections)
})
