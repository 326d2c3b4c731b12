import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownOwner } from '../../../src/run/jobs/owner.ts'
import { User } from '../../live/support/command.ts'
import { dead, elsewhere, leave } from '../../run/jobs/places.ts'
import { forever, prints } from '../../run/launch.ts'
import type { Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'

let user: User
let engine: FakeEngine

beforeEach(async () => {
  engine = await FakeEngine.start({ images: ['bb:1'] })
  user = new User(engine.host)
})

afterEach(async () => {
  expect(user.leave()).toEqual([])
  await engine[Symbol.asyncDispose]()
})

test('ps: a line for each job', async () => {
  leave(engine, { key: 'done', state: 'exited', exitCode: 3, endedAgo: 7_200_000 })
  leave(engine, { owner: ownOwner(), state: 'running' })
  leave(engine, { key: 'far', owner: elsewhere, state: 'running' })
  leave(engine, { key: 'away', state: 'running', detached: true })
  const { status, text, stderr } = await user.run(['ps'])
  const [titles, ...rows] = text
    .trimEnd()
    .split('\n')
    .map(line => line.split(/ {2,}/))
  expect({ status, stderr, titles }).toEqual({
    status: 0,
    stderr: '',
    titles: ['JOB', 'STATE', 'STATUS', 'AGE', 'OWNER', 'CONTAINER', 'IMAGE'],
  })
  const owner = `${dead.host}:${dead.pid}`
  expect(rows.map(([job, state, exit, , life]) => [job, state, exit, life])).toEqual([
    ['done', 'exited', '3', `${owner} dead`],
    ['-', 'running', '-', `${owner} alive`],
    ['far', 'running', '-', 'other:7 unknown'],
    ['away', 'running', '-', `${owner} detached`],
  ])
  expect(rows[0]?.[3]).toBe('2 h')
})

test('ps --json', async () => {
  const { id } = leave(engine, { key: 'done', state: 'exited', exitCode: 3 })
  const { status, text } = await user.run(['ps', '--json'])
  expect(status).toBe(0)
  expect(JSON.parse(text)).toMatchObject([{ key: 'done', container: id, exitCode: 3, ownerAlive: false }])
})

test('logs: each stream to its own', async () => {
  leave(engine, { key: 'a', state: 'running', program: prints('out', 'err', 3) })
  expect(await user.run(['logs', 'a'])).toMatchObject({ status: 0, text: 'out', stderr: 'err' })
})

test('wait: the outcome, and the status of the job', async () => {
  const { id } = leave(engine, { key: 'a', state: 'exited', exitCode: 3 })
  const { status, text, stderr } = await user.run(['wait', 'a'])
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' })
  expect(JSON.parse(text)).toMatchObject({ container: id, exitCode: 3, error: null })
})

test('stop: with a grace', async () => {
  const container = leave(engine, { key: 'a', state: 'running' })
  expect(await user.run(['stop', '--grace', '1500ms', 'a'])).toMatchObject({
    status: 0,
    text: '',
    stderr: '',
  })
  expect(container.status).toBe('exited')
  expect((await engine.seen('stop')).query.get('t')).toBe('2')
})

test('rm: not while it runs', async () => {
  leave(engine, { key: 'a', state: 'running' })
  const { status, stderr } = await user.run(['rm', 'a'])
  expect(status).toBe(125)
  expect(stderr).toBe(
    'holdfast: usage: the job a has not ended\nholdfast: Stop it first: `holdfast stop a`.\n',
  )
  expect(await user.run(['rm', '-f', 'a'])).toMatchObject({ status: 0, text: '', stderr: '' })
  expect(engine.containers).toEqual([])
})

describe('sweep', () => {
  test('shows what it would remove, and removes it with --force', async () => {
    const { id } = leave(engine, { state: 'running' })
    leave(engine, { key: 'old', state: 'exited', endedAgo: 7_200_000 })
    const lines = [`${id.slice(0, 12)}, running, owner ${dead.host}:${dead.pid} dead`, 'old, exited, old']
    const dry = await user.run(['sweep', '--older', '1h'])
    expect(dry).toMatchObject({ status: 0, stderr: '' })
    expect(dry.text).toBe(
      `${lines.map(line => `would remove: ${line}\n`).join('')}2 jobs; nothing was removed: holdfast sweep --force removes\n`,
    )
    expect(engine.containers).toHaveLength(2)
    const { status, text } = await user.run(['sweep', '--older', '1h', '--force'])
    expect({ status, text }).toEqual({ status: 0, text: lines.map(line => `removed: ${line}\n`).join('') })
    expect(engine.containers).toEqual([])
  })

  test('finds nothing', async () => {
    expect(await user.run(['sweep'])).toMatchObject({ status: 0, text: '', stderr: '' })
  })

  test('a refusal: 125, and what the Engine says', async () => {
    leave(engine, { key: 'a' })
    engine.on('remove', exchange => exchange.answer(500, 'device or resource busy'))
    const { status, text } = await user.run(['sweep', '--force'])
    expect(status).toBe(125)
    expect(text).toMatch(/^not removed: a, created, owner .* dead: .*device or resource busy/)
  })

  test('an Engine that goes away in the middle: 125, and what was removed by then', async () => {
    for (let job = 0; job < 20; job++) leave(engine, { key: `k${job}` })
    engine.on('remove', exchange => exchange.proceed())
    engine.on('remove', () => engine.down())
    const { status, stderr } = await user.run(['sweep', '--force'])
    expect(status).toBe(125)
    expect(stderr).toMatch(
      /^holdfast: engine-unreachable: the sweep was cut short: .*\nholdfast: .*Run it again/,
    )
  })
})

describe('run --job', () => {
  beforeEach(async () => {
    user.leave()
    await engine[Symbol.asyncDispose]()
    const program: Program = async self => {
      await self.out('up')
      await forever(self)
    }
    engine = await FakeEngine.start({ images: ['bb:1'], program })
    user = new User(engine.host)
  })

  test('--detach prints the id of the container', async () => {
    const { status, text, stderr } = await user.run(['run', '--job', 'a', '-d', 'bb:1'])
    expect({ status, text, stderr }).toEqual({ status: 0, text: `${engine.containers[0]?.id}\n`, stderr: '' })
  })

  test('SIGHUP ends the command alone', async () => {
    const command = user.start(['run', '--job', 'a', 'bb:1'])
    await command.printed(/up/)
    command.kill('SIGHUP')
    expect((await command.finished).status).toBe(129)
    expect(engine.containers[0]?.status).toBe('running')
    expect(engine.asked.at(-1)).toBe('start')
  })

  test('SIGTERM goes to the container', async () => {
    const command = user.start(['run', '--job', 'a', 'bb:1'])
    await command.printed(/up/)
    command.kill('SIGTERM')
    expect((await command.finished).status).toBe(143)
    expect(engine.containers).toEqual([])
  })
})

describe('bad input', () => {
  test.each([
    [['ps', 'x'], 'holdfast ps takes no argument'],
    [['sweep', 'x'], 'holdfast sweep takes no argument'],
    [['logs'], 'holdfast logs takes one JOB'],
    [['wait', 'a', 'b'], 'holdfast wait takes one JOB'],
    [['stop', ''], 'holdfast stop takes one JOB'],
    [['rm'], 'holdfast rm takes one JOB'],
    [['run', '--detach', 'bb:1'], '--detach needs --job'],
    [['run', '--job', 'a/b', 'bb:1'], 'a/b'],
    [['run', '--job', 'a', '--name', 'b-1', 'bb:1'], 'name'],
  ])('%j', async (args, words) => {
    const { status, text, stderr } = await user.run(args)
    expect({ status, text }).toEqual({ status: 125, text: '' })
    expect(stderr).toContain(words)
    expect(engine.asked).toEqual([])
  })

  test.each([['logs'], ['wait'], ['stop'], ['rm']])('%s of a job that is not there', async command => {
    const { status, text, stderr } = await user.run([command, 'nobody'])
    expect({ status, text }).toEqual({ status: 125, text: '' })
    expect(stderr).toBe(
      'holdfast: usage: "nobody" is neither the key of a job nor a container\nholdfast: List the jobs: `holdfast ps`.\n',
    )
  })
})
