import { describe, expect, onTestFinished, test } from 'vitest'
import { connect, type Engine } from '../../../src/engine/engine.ts'
import type { Task } from '../../../src/engine/swarm-wire.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { jobs } from '../../../src/run/jobs/jobs.ts'
import { ownerText, ownOwner } from '../../../src/run/jobs/owner.ts'
import { rejection } from '../../support/errors.ts'
import { FakeSwarm } from '../../support/fake-swarm.ts'
import { dead } from './places.ts'

interface Left {
  key?: string
  status: Task['Status']
  owner?: string
  remove?: string
  result?: string
}

/** A Swarm with a service that a run has left. */
async function left({ key, status, owner = ownerText(dead), remove = 'never', result }: Left) {
  const swarm = await FakeSwarm.start()
  onTestFinished(() => swarm[Symbol.asyncDispose]())
  const engine: Engine = connect({ host: swarm.host, env: {} })
  onTestFinished(() => engine.close())
  const service = {
    ID: 's0123456789',
    Version: { Index: 1 },
    CreatedAt: '2026-11-23T15:02:11.5Z',
    UpdatedAt: '',
    Spec: {
      Name: `holdfast-${key ?? 'x'}`,
      Labels: {
        'dev.holdfast.run': 'r',
        'dev.holdfast.owner': owner,
        'dev.holdfast.remove': remove,
        ...(key !== undefined && { 'dev.holdfast.job': key }),
        ...(result !== undefined && { 'dev.holdfast.result': result }),
      },
      TaskTemplate: { ContainerSpec: { Image: 'bb@sha256:1' } },
      Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
    },
  }
  swarm.services.push(service)
  const task = swarm.addTask(service, 0, { Timestamp: '2026-11-23T15:03:00Z', ...status })
  return { swarm, engine, task, own: jobs(engine) }
}

const ended: Task['Status'] = {
  State: 'failed',
  Err: 'task: non-zero exit (3)',
  ContainerStatus: { ExitCode: 3 },
}

test('a service is listed as a job', async () => {
  const { own } = await left({ key: 'nightly', status: ended })
  expect(await own.list()).toEqual([
    {
      key: 'nightly',
      swarm: true,
      container: 's0123456789',
      name: 'holdfast-nightly',
      image: 'bb@sha256:1',
      state: 'exited',
      exitCode: 3,
      created: '2026-11-23T15:02:11.5Z',
      owner: { host: dead.host, pid: dead.pid },
      ownerAlive: false,
      detached: false,
      remove: 'never',
    },
  ])
})

test.each<[Task['Status']['State'], string]>([
  ['pending', 'created'],
  ['preparing', 'created'],
  ['running', 'running'],
  ['complete', 'exited'],
  ['rejected', 'exited'],
])('the state of one whose task is %s is %s', async (State, state) => {
  const { own } = await left({ key: 'k', status: { State } })
  expect(await own.list()).toMatchObject([{ state }])
})

test.each(['k', 's0123456789', 's0123', 'holdfast-k'])('it is found as %s', async name => {
  const { own, swarm, task } = await left({ key: 'k', status: ended })
  swarm.print(task, 'stdout', 'one\n')
  const chunks: string[] = []
  for await (const { bytes } of own.logs(name)) chunks.push(Buffer.from(bytes).toString())
  expect(chunks).toEqual(['one\n'])
})

test('wait: the status, and when it ended', async () => {
  const { own } = await left({ key: 'k', status: ended })
  expect(await own.wait('k')).toEqual({
    container: 's0123456789',
    kind: 'exit',
    exitCode: 3,
    oomKilled: false,
    error: 'task: non-zero exit (3)',
    startedAt: '2026-11-23T15:02:11.5Z',
    finishedAt: '2026-11-23T15:03:00.000Z',
    result: null,
  })
})

test.each([
  ['stdout', 'one\ntwo\n'],
  ['last-line', 'two'],
])('wait: the result that the run asked for: %s', async (result, expected) => {
  const { own, swarm, task } = await left({ key: 'k', status: { State: 'complete' }, result })
  swarm.print(task, 'stdout', 'one\n')
  swarm.print(task, 'stdout', 'two\n')
  swarm.print(task, 'stderr', 'err\n')
  expect(await own.wait('k')).toMatchObject({ kind: 'ok', result: expected })
})

test('wait: a result that the log does not hold is null, and a warning', async () => {
  const { own, swarm } = await left({ key: 'k', status: { State: 'complete' }, result: 'stdout' })
  swarm.logTrouble = 'configured logging driver does not support reading'
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type === 'warning') warnings.push(event.message)
  }
  expect(await own.wait('k', { onEvent })).toMatchObject({ result: null })
  expect(warnings).toEqual([expect.stringContaining('the result of the job (stdout) could not be read')])
}, 20_000)

test('wait: a task without a status is a failure with its own kind', async () => {
  const { own } = await left({ key: 'k', status: { State: 'rejected', Err: 'No such image: x' } })
  expect(await rejection(own.wait('k'))).toMatchObject({ kind: 'image-missing' })
})

test('logs follow to the end of the tasks', async () => {
  const { own, swarm, task } = await left({ key: 'k', status: { State: 'running' } })
  const lines = own.logs('k', { follow: true })
  const first = lines.next()
  swarm.print(task, 'stdout', 'one\n')
  expect(Buffer.from((await first).value?.bytes ?? []).toString()).toBe('one\n')
  swarm.print(task, 'stderr', 'two\n')
  task.Status = ended
  expect(Buffer.from((await lines.next()).value?.bytes ?? []).toString()).toBe('two\n')
  expect((await lines.next()).done).toBe(true)
})

test('rm: one that has not ended only with force; stop removes it', async () => {
  const { own, swarm } = await left({ key: 'k', status: { State: 'running' } })
  expect(await rejection(own.remove('k'))).toMatchObject({ kind: 'usage' })
  expect(swarm.services).toHaveLength(1)
  await own.stop('k')
  expect(swarm.services).toEqual([])
})

test('what is no job of the Swarm either is a usage error', async () => {
  const { own } = await left({ key: 'k', status: ended })
  expect(await rejection(own.wait('nope'))).toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('"nope"'),
  })
})

describe('sweep', () => {
  async function sweep(given: Left, options: { older?: number; force?: boolean }) {
    const { own, swarm } = await left(given)
    const swept: string[] = []
    for await (const { why, removed } of own.sweep(options)) swept.push(`${why} ${removed}`)
    return { swept, left: swarm.services.length }
  }

  test.each<[string, Left, string[], number]>([
    ['that runs, its owner dead', { key: 'k', status: { State: 'running' } }, ['orphaned true'], 0],
    ['that runs, its owner alive', { status: { State: 'running' }, owner: ownerText(ownOwner()) }, [], 1],
    ['that its dead owner would have removed', { status: ended, remove: 'always' }, ['orphaned true'], 0],
    ['with an outcome to be read', { key: 'k', status: ended, remove: 'always' }, [], 1],
  ])('of a service %s', async (_, given, swept, count) => {
    expect(await sweep(given, { force: true })).toEqual({ swept, left: count })
  })

  test('by age, and a dry run', async () => {
    expect(await sweep({ key: 'k', status: ended }, { older: 1_000 })).toEqual({
      swept: ['finished false'],
      left: 1,
    })
    expect(await sweep({ key: 'k', status: ended }, { older: 1e12 })).toEqual({ swept: [], left: 1 })
  })
})
