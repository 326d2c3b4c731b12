import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { connect, type Engine, type JobInfo, jobs, run } from '../../src/index.ts'
import { random } from '../support/random.ts'
import { type Command, leftBehind, rounds, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { engineJson } from './support/request.ts'

const image = 'busybox:live'

let engine: TestEngine
let client: Engine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  client = connect({ host: engine.host, env: {} })
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await client?.close()
  await engine?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket)), ...(await volumes())]).toEqual([])
})

async function volumes(): Promise<string[]> {
  const { Volumes } = await engineJson<{ Volumes: { Name: string }[] }>(engine.socket, 'GET', '/volumes')
  return Volumes.map(({ Name }) => Name)
}

/** Prints 20 lines on each stream within about a second. */
const script = 'for i in $(seq 1 20); do echo out $i; echo err $i >&2; sleep 0.05; done; exit 9'
const lines = (word: string) => Array.from({ length: 20 }, (_, at) => `${word} ${at + 1}\n`).join('')
const all = { status: 9, text: lines('out'), stderr: lines('err') }

function start(key: string, ...flags: string[]): Command {
  return user.start(['run', '--job', key, ...flags, image, 'sh', '-c', script])
}

/** How many containers of that key were created, and started, since the Engine began. */
async function counts(key: string): Promise<Record<string, number>> {
  const until = String(Math.ceil(Date.now() / 1000) + 1)
  const filters = { event: ['create', 'start'], type: ['container'] }
  const counted: Record<string, number> = { create: 0, start: 0 }
  for await (const { Action, Actor } of await client.system.events({ filters, since: '1', until }))
    if (Actor.Attributes?.name === `holdfast-${key}`) counted[Action] = (counted[Action] ?? 0) + 1
  return counted
}

it(`two commands with one key at once, ${rounds} times: one container, and both have all of it`, {
  timeout: 30_000 + rounds * 15_000,
}, async () => {
  for (let round = 0; round < rounds; round++) {
    const key = `twin-${round}`
    const ends = await Promise.all([start(key).finished, start(key).finished])
    for (const end of ends) expect(end, key).toMatchObject(all)
    expect(await counts(key), key).toEqual({ create: 1, start: 1 })
  }
})

it(`a command that is killed at any moment, ${rounds} times, and started again: one container, all of its output, its status`, {
  timeout: 30_000 + rounds * 15_000,
}, async () => {
  const below = random(20)
  for (let round = 0; round < rounds; round++) {
    const key = `killed-${round}`
    // Kept, so that one that has ended before the kill is found too.
    const first = start(key, '--rm=never')
    await delay(below(2_500))
    first.kill('SIGKILL')
    await first.finished
    expect(await start(key).finished, key).toMatchObject(all)
    expect(await counts(key), key).toEqual({ create: 1, start: 1 })
  }
})

it('SIGHUP ends the command and leaves the job', async () => {
  const first = start('hangup')
  await first.printed(/out 1\n/)
  first.kill('SIGHUP')
  expect((await first.finished).status).toBe(129)
  expect(await start('hangup').finished).toMatchObject(all)
  expect(await counts('hangup')).toEqual({ create: 1, start: 1 })
})

describe('a detached job', () => {
  it('is seen, read, waited for and removed', async () => {
    const folder = mkdtempSync('/dev/shm/holdfast-shared-')
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const untilLetGo = script.replace('exit 9', 'until [ -e /shared/go ]; do sleep 0.1; done; exit 9')
    const job = ['-v', `${folder}:/shared`, image, 'sh', '-c', untilLetGo]
    const { status, text } = await user.run(['run', '--job', 'away', '--detach', ...job])
    expect({ status, text }).toEqual({ status: 0, text: expect.stringMatching(/^[\da-f]{64}\n$/) })
    const list: JobInfo[] = JSON.parse((await user.run(['ps', '--json'])).text)
    expect(list).toMatchObject([
      { key: 'away', state: 'running', ownerAlive: false, detached: true, exitCode: null },
    ])
    const logs = user.start(['logs', '-f', 'away'])
    await logs.printed(/out 20\n/)
    writeFileSync(`${folder}/go`, '')
    expect(await logs.finished).toMatchObject({ ...all, status: 0 })
    const waited = await user.run(['wait', 'away'])
    expect(waited.status).toBe(9)
    expect(JSON.parse(waited.text)).toMatchObject({ exitCode: 9, oomKilled: false, error: null })
    expect((await user.run(['ps'])).text).toMatch(
      /\naway +exited +9 +\d+ s +\S+ detached +[\da-f]{12} +busybox:live\n$/,
    )
    expect(await user.run(['rm', 'away'])).toMatchObject({ status: 0, text: '', stderr: '' })
    expect((await user.run(['ps', '--json'])).text).toBe('[]\n')
  })

  it('is stopped, and keeps its outcome', async () => {
    await user.run([
      'run',
      '--job',
      'long',
      '--detach',
      image,
      'sh',
      '-c',
      'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done',
    ])
    expect(await user.run(['rm', 'long'])).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('holdfast stop long'),
    })
    expect(await user.run(['stop', 'long'])).toMatchObject({ status: 0 })
    expect((await user.run(['wait', 'long'])).status).toBe(3)
    expect(await user.run(['rm', 'long'])).toMatchObject({ status: 0 })
  })
})

it('a job without a key whose command was killed is seen, and swept', async () => {
  const command = user.start(['run', image, 'sh', '-c', 'echo up; sleep 100'])
  await command.printed(/up/)
  command.kill('SIGKILL')
  await command.finished
  expect(await jobs(client).list()).toMatchObject([{ key: null, state: 'running', ownerAlive: false }])
  const dry = await user.run(['sweep'])
  expect(dry).toMatchObject({
    status: 0,
    text: expect.stringMatching(
      /^would remove: [\da-f]{12}, running, owner \S+ dead\n1 job; nothing was removed/,
    ),
  })
  expect(await jobs(client).list()).toHaveLength(1)
  expect(await user.run(['sweep', '--force'])).toMatchObject({
    status: 0,
    text: expect.stringMatching(/^removed: /),
  })
  expect(await jobs(client).list()).toEqual([])
})

it('a container that was left before its start is started by one run of several', async () => {
  const options = {
    engine: client,
    image,
    command: ['sh', '-c', 'echo once; exit 4'],
    job: 'left',
    reject: false,
  } as const
  // A process that dies between the creation and the start.
  const program = `
    import { run } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
    run({ engine: ${JSON.stringify(engine.host)}, image: '${image}', command: ['sh', '-c', 'echo once; exit 4'], job: 'left',
      onEvent: ({ type }) => type === 'created' && process.kill(process.pid, 'SIGKILL') })`
  expect(
    (await user.startProgram(process.execPath, ['--input-type=module', '-e', program]).finished).status,
  ).toBe(137)
  expect(await jobs(client).list()).toMatchObject([{ key: 'left', state: 'created', ownerAlive: false }])
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => run(options)))
  for (const outcome of outcomes) expect(outcome).toMatchObject({ exitCode: 4, stdout: 'once\n' })
  expect(await counts('left')).toEqual({ create: 1, start: 1 })
})

it('the outcome of a finished job is kept with the policy never, given again, and swept when it is old', async () => {
  expect(await start('kept', '--rm=never').finished).toMatchObject(all)
  expect(await start('kept', '--rm=never').finished).toMatchObject(all)
  expect(await user.run(['sweep', '--force', '--older', '1h'])).toMatchObject({ status: 0, text: '' })
  expect((await user.run(['sweep', '--force', '--older', '1ms'])).text).toBe('removed: kept, exited, old\n')
})

it('wait and a later run know the statuses and the result that the job was started with', async () => {
  const flags = ['--skip-exit-code', '99', '--result', 'last-line']
  const command = ['run', '--job', 'rows', ...flags, image, 'sh', '-c', 'echo begin; echo 3 rows; exit 99']
  await user.run([...command.slice(0, 3), '--detach', ...command.slice(3)])
  const waited = await user.run(['wait', 'rows'])
  expect(waited.status).toBe(99)
  expect(JSON.parse(waited.text)).toMatchObject({ kind: 'skipped', exitCode: 99, result: '3 rows' })
  await user.run([...command.slice(0, 3), '--outcome', user.path('outcome'), ...command.slice(3)])
  expect(JSON.parse(readFileSync(user.path('outcome'), 'utf8'))).toMatchObject({
    kind: 'skipped',
    result: '3 rows',
    image: { reference: image, platform: expect.stringMatching(/^linux\//) },
    job: { claim: 'finished' },
  })
})

it('the outcome has what the job has used', async () => {
  const script = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 3'
  const { resources } = await run({ engine: client, image, command: ['sh', '-c', script], resources: true })
  expect(resources?.cpuSeconds).toBeGreaterThan(0.05)
  expect(resources?.memoryPeak).toBeGreaterThan(100_000)
})

describe('bad input', () => {
  it.each([
    [['run', '--job', 'a/b', image], 'a/b'],
    [['run', '--job', 'a', '--name', 'b', image], 'name'],
    [['run', '--detach', image], 'job'],
    [['wait', 'nobody'], 'nobody'],
    [['logs', 'nobody'], 'nobody'],
    [['stop', 'nobody'], 'nobody'],
    [['rm', 'nobody'], 'nobody'],
    [['sweep', '--older', '3'], '--older'],
    [['ps', 'x'], 'x'],
    [['wait'], 'JOB'],
  ])('%j', async (args, words) => {
    const { status, text, stderr } = await user.run(args)
    expect({ status, text }).toEqual({ status: 125, text: '' })
    expect(stderr).toContain(words)
    expect(stderr.split('\n').length).toBeLessThanOrEqual(4)
  })

  it('a key in use for another job', async () => {
    await start('taken', '--rm=never').finished
    const { status, stderr } = await user.run(['run', '--job', 'taken', image, 'true'])
    expect(status).toBe(125)
    expect(stderr).toMatch(/^holdfast: job-conflict: the job taken is on the Engine with other options/)
    expect(await user.run(['rm', 'taken'])).toMatchObject({ status: 0 })
  })
})
