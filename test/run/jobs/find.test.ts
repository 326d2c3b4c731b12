import { expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { findJob, listJobs } from '../../../src/run/jobs/find.ts'
import { ownOwner } from '../../../src/run/jobs/owner.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { dead, elsewhere, leave, leaveLease } from './places.ts'

async function list(engine: FakeEngine) {
  await using client = connect({ host: engine.host, env: { DOCKER_API_VERSION: '1.41' } })
  return await listJobs(client)
}

test('all that is known of a job', async () => {
  await using engine = await FakeEngine.start()
  const { id, createdAt } = leave(engine, { key: 'nightly', remove: 'never', state: 'exited', exitCode: 3 })
  expect(await list(engine)).toEqual([
    {
      key: 'nightly',
      swarm: false,
      container: id,
      name: 'holdfast-nightly',
      image: 'bb:1',
      state: 'exited',
      exitCode: 3,
      created: new Date(Math.floor(createdAt / 1000) * 1000).toISOString(),
      owner: { host: dead.host, pid: dead.pid },
      ownerAlive: false,
      detached: false,
      remove: 'never',
    },
  ])
})

test('a thousand jobs of this host: two requests, one of them for services of a Swarm', async () => {
  await using engine = await FakeEngine.start()
  for (let job = 0; job < 500; job++) leave(engine, { key: `k${job}`, state: 'exited' })
  for (let job = 0; job < 500; job++) leave(engine, { owner: ownOwner(), state: 'running' })
  const jobs = await list(engine)
  expect(engine.asked.toSorted()).toEqual(['list', 'services'])
  expect(jobs.filter(({ ownerAlive }) => ownerAlive)).toHaveLength(500)
  expect(jobs.filter(({ ownerAlive }) => ownerAlive === false)).toHaveLength(500)
})

test('an owner elsewhere: one request more', async () => {
  await using engine = await FakeEngine.start()
  leave(engine, { owner: elsewhere, state: 'running' })
  leave(engine, { owner: elsewhere, state: 'running' })
  await list(engine)
  expect(engine.asked.toSorted()).toEqual(['list', 'services', 'volumes'])
})

test.each([
  ['a lease that is renewed', 60_000, true],
  ['a lease that is old', 301_000, false],
])('an owner elsewhere with %s', async (_, age, ownerAlive) => {
  await using engine = await FakeEngine.start()
  leave(engine, { owner: elsewhere, state: 'running' })
  leaveLease(engine, elsewhere, { age })
  expect(await list(engine)).toMatchObject([{ ownerAlive }])
})

test('nothing is known of an owner elsewhere without a lease', async () => {
  await using engine = await FakeEngine.start()
  leave(engine, { owner: elsewhere, state: 'running' })
  leaveLease(engine, { ...elsewhere, pid: 8 })
  expect(await list(engine)).toMatchObject([{ ownerAlive: null }])
})

test('a job whose owner is dead and which another process has adopted is followed', async () => {
  await using engine = await FakeEngine.start()
  const { id } = leave(engine, { state: 'running' })
  const { id: other } = leave(engine, { state: 'running' })
  leaveLease(engine, ownOwner(), { adopted: `x ${id}` })
  expect(await list(engine)).toMatchObject([
    { container: id, ownerAlive: true },
    { container: other, ownerAlive: false },
  ])
})

test('a container that holdfast did not create is no job', async () => {
  await using engine = await FakeEngine.start()
  const { id } = leave(engine, { state: 'exited' })
  engine.containers.forEach(({ spec }) => void delete spec.Labels)
  expect(await list(engine)).toEqual([])
  await using client = connect({ host: engine.host, env: {} })
  expect(await rejection(findJob(client, id))).toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('holdfast did not create'),
  })
})

test('a job by its key, its id, the beginning of its id, or its name', async () => {
  await using engine = await FakeEngine.start()
  const { id, name } = leave(engine, { key: 'a', state: 'exited' })
  leave(engine, { key: 'b' })
  await using client = connect({ host: engine.host, env: {} })
  for (const text of ['a', id, id.slice(0, 12), name])
    expect(await findJob(client, text)).toMatchObject({ Id: id })
})

test.each(['nobody', '', '.', 'a/b'])('%j is no job', async text => {
  await using engine = await FakeEngine.start()
  await using client = connect({ host: engine.host, env: {} })
  expect(await rejection(findJob(client, text))).toMatchObject({ kind: 'usage' })
})
