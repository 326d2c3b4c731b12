import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { ownOwner } from '../../../src/run/jobs/owner.ts'
import { type SweepOptions, type Swept, sweepJobs } from '../../../src/run/jobs/sweep.ts'
import { collect } from '../../support/errors.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { dead, elsewhere, type Left, leave, leaveLease } from './places.ts'

const day = 86_400_000

async function sweep(
  engine: FakeEngine,
  options: SweepOptions = {},
): Promise<{ items: Swept[]; error: unknown }> {
  await using client = connect({ host: engine.host, env: {} })
  return await collect(sweepJobs(client, options))
}

describe('takes', () => {
  test.each<[string, Left, SweepOptions, Swept['why']]>([
    ['one that was never started', { state: 'created' }, {}, 'orphaned'],
    ['the same with a key', { state: 'created', key: 'k' }, {}, 'orphaned'],
    ['a detached one that was never started', { state: 'created', key: 'k', detached: true }, {}, 'orphaned'],
    ['one that runs', { state: 'running' }, {}, 'orphaned'],
    ['one with a key that runs', { state: 'running', key: 'k' }, {}, 'orphaned'],
    ['one that its owner would have removed', { state: 'exited', exitCode: 1 }, {}, 'orphaned'],
    ['one that went well', { state: 'exited', remove: 'success' }, {}, 'orphaned'],
    [
      'a finished one that is old',
      { state: 'exited', key: 'k', remove: 'never', endedAgo: day },
      { older: day },
      'finished',
    ],
    [
      'an old one of an owner elsewhere',
      { state: 'exited', owner: elsewhere, endedAgo: day },
      { older: day },
      'finished',
    ],
    [
      'an old one of a living owner',
      { state: 'exited', owner: ownOwner(), endedAgo: day },
      { older: day },
      'finished',
    ],
  ])('%s', async (_, left, options, why) => {
    await using engine = await FakeEngine.start()
    const { id } = leave(engine, left)
    expect(await sweep(engine, options)).toMatchObject({
      items: [{ why, removed: false, job: { container: id } }],
    })
    expect(engine.containers).toHaveLength(1)
    expect(await sweep(engine, { ...options, force: true })).toMatchObject({
      items: [{ why, removed: true }],
    })
    expect(engine.containers).toEqual([])
  })

  test('one whose owner elsewhere has let its lease grow old, and then the lease', async () => {
    await using engine = await FakeEngine.start()
    leave(engine, { state: 'running', owner: elsewhere })
    leaveLease(engine, elsewhere, { age: 301_000 })
    expect((await sweep(engine, { force: true })).items).toMatchObject([{ why: 'orphaned', removed: true }])
    expect(engine.volumes).toEqual([])
  })
})

describe('leaves', () => {
  test.each<[string, Left, SweepOptions]>([
    ['one that its owner has yet to start', { state: 'created', owner: ownOwner() }, {}],
    ['one whose owner lives', { state: 'running', owner: ownOwner() }, {}],
    ['one whose owner is not known to be dead', { state: 'running', owner: elsewhere }, {}],
    ['a detached one that runs', { state: 'running', key: 'k', detached: true }, {}],
    [
      'a running one, however old',
      { state: 'running', key: 'k', detached: true, endedAgo: 2 * day },
      { older: day },
    ],
    ['the outcome of a job with a key', { state: 'exited', key: 'k' }, {}],
    ['one that was to be kept', { state: 'exited', remove: 'never' }, {}],
    ['one that failed and was to be kept then', { state: 'exited', remove: 'success', exitCode: 1 }, {}],
    ['one that has just ended', { state: 'exited', key: 'k', endedAgo: day - 60_000 }, { older: day }],
  ])('%s', async (_, left, options) => {
    await using engine = await FakeEngine.start()
    leave(engine, left)
    expect(await sweep(engine, { ...options, force: true })).toEqual({ items: [], error: undefined })
    expect(engine.containers).toHaveLength(1)
  })

  test('one created long ago that has just ended', async () => {
    await using engine = await FakeEngine.start()
    const container = leave(engine, { state: 'exited', key: 'k', endedAgo: 2 * day })
    container.finishedAt = Date.now()
    expect((await sweep(engine, { older: day })).items).toEqual([])
  })

  test('one that another process has adopted, and the lease of that process', async () => {
    await using engine = await FakeEngine.start()
    const { id } = leave(engine, { state: 'running', key: 'k' })
    leaveLease(engine, ownOwner(), { adopted: id })
    leaveLease(engine, dead)
    expect((await sweep(engine, { force: true })).items).toEqual([])
    expect(engine.volumes).toMatchObject([{ Name: 'holdfast-lease-0' }])
  })

  test('a container that has been started since it was listed', async () => {
    await using engine = await FakeEngine.start()
    const container = leave(engine, { state: 'created' })
    engine.on('remove', async exchange => {
      void container.start()
      await exchange.proceed()
    })
    const error = expect.stringContaining('cannot remove a running container')
    expect((await sweep(engine, { force: true })).items).toMatchObject([{ removed: false, error }])
  })
})

test('eight removals at once', async () => {
  await using engine = await FakeEngine.start()
  for (let job = 0; job < 30; job++) leave(engine, {})
  const held: Exchange[] = []
  let most = 0
  for (let job = 0; job < 30; job++)
    engine.on('remove', exchange => {
      held.push(exchange)
      most = Math.max(most, held.length)
      if (held.length === 8 || engine.containers.length <= 8)
        for (const each of held.splice(0)) void each.proceed()
    })
  expect((await sweep(engine, { force: true })).items).toHaveLength(30)
  expect(most).toBe(8)
})

test.each([
  [404, 'No such container: x'],
  [409, 'removal of container x is already in progress'],
])('one that is gone, or going: %s', async (status, message) => {
  await using engine = await FakeEngine.start()
  leave(engine, {})
  engine.on('remove', exchange => exchange.answer(status, message))
  expect((await sweep(engine, { force: true })).items).toMatchObject([{ removed: true }])
})

test('a refusal does not keep the others; dead leases stay, as they prove that the owner is dead', async () => {
  await using engine = await FakeEngine.start()
  leaveLease(engine, dead)
  leave(engine, {})
  leave(engine, {})
  engine.on('remove', exchange => exchange.answer(500, 'device or resource busy'))
  const { items, error } = await sweep(engine, { force: true })
  expect(error).toBeUndefined()
  expect(items.map(({ removed }) => removed)).toEqual([false, true])
  expect(items[0]?.error).toContain('device or resource busy')
  expect(engine.volumes).toHaveLength(1)
})

test('an Engine that goes away in the middle ends it with what has been removed by then', async () => {
  await using engine = await FakeEngine.start()
  for (let job = 0; job < 20; job++) leave(engine, {})
  for (let job = 0; job < 3; job++) engine.on('remove', exchange => exchange.proceed())
  engine.on('remove', () => engine.down())
  const { items, error } = await sweep(engine, { force: true })
  expect(error).toMatchObject({
    kind: 'engine-unreachable',
    message: expect.stringContaining('the sweep was cut short'),
  })
  expect(items.every(({ removed }) => removed)).toBe(true)
  expect(engine.containers.length).toBeGreaterThan(0)
})

test('ends at its signal, and when its reader leaves', async () => {
  await using engine = await FakeEngine.start()
  for (let job = 0; job < 20; job++) leave(engine, {})
  const controller = new AbortController()
  engine.on('remove', () => controller.abort(new Error('enough')))
  expect((await sweep(engine, { force: true, signal: controller.signal })).error).toMatchObject({
    message: 'enough',
  })
  await using client = connect({ host: engine.host, env: {} })
  for await (const _ of sweepJobs(client, {})) break
})
