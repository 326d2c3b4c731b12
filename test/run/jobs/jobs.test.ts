import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { jobs } from '../../../src/run/jobs/jobs.ts'
import { collect, rejection } from '../../support/errors.ts'
import type { Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { prints } from '../launch.ts'
import { leave } from './places.ts'

test('an Engine that is handed over stays open, and one by address is closed', async () => {
  await using engine = await FakeEngine.start()
  leave(engine, { key: 'a' })
  await using client = connect({ host: engine.host, env: {} })
  expect(await jobs(client).list()).toMatchObject([{ key: 'a' }])
  await client.system.ping()
  expect(await jobs(engine.host).list()).toMatchObject([{ key: 'a' }])
  expect((await collect(jobs(engine.host).sweep())).items).toMatchObject([{ why: 'orphaned' }])
})

describe('logs', () => {
  test('of a job that has ended, each stream', async () => {
    await using engine = await FakeEngine.start()
    leave(engine, { key: 'a', state: 'running', program: prints('out', 'err') })
    const { items } = await collect(jobs(engine.host).logs('a'))
    expect(items.map(({ stream, bytes }) => [stream, String(bytes)])).toEqual([
      ['stdout', 'out'],
      ['stderr', 'err'],
    ])
  })

  test('of a job that runs: what it has printed, and with follow all', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    const program: Program = async self => {
      await self.out('first\n')
      await end.promise
      await self.out('last\n')
    }
    leave(engine, { key: 'a', state: 'running', program })
    const text = async (follow: boolean) =>
      String(
        Buffer.concat(
          (await collect(jobs(engine.host).logs('a', { follow }))).items.map(({ bytes }) => bytes),
        ),
      )
    expect(await text(false)).toBe('first\n')
    const all = text(true)
    await engine.seen('logs', 2)
    end.resolve()
    expect(await all).toBe('first\nlast\n')
  })

  test('with follow, of a job that has yet to start', async () => {
    await using engine = await FakeEngine.start()
    const container = leave(engine, { key: 'a', program: prints('out') })
    const all = collect(jobs(engine.host).logs('a', { follow: true }))
    await engine.seen('inspect')
    void container.start()
    expect((await all).items.map(({ bytes }) => String(bytes))).toEqual(['out'])
  })

  test('that can not be read', async () => {
    await using engine = await FakeEngine.start()
    leave(engine, { key: 'a', state: 'exited' })
    engine.on('logs', exchange => exchange.answer(501, 'configured logging driver does not support reading'))
    const { error } = await collect(jobs(engine.host).logs('a'))
    expect(error).toMatchObject({ message: expect.stringContaining('does not support reading') })
  })

  test('are left early without a trace', async () => {
    await using engine = await FakeEngine.start()
    leave(engine, { key: 'a', state: 'running', program: () => new Promise(() => undefined) })
    const controller = new AbortController()
    const all = collect(jobs(engine.host).logs('a', { follow: true, signal: controller.signal }))
    await engine.seen('logs')
    controller.abort(new Error('enough'))
    expect((await all).error).toMatchObject({ message: 'enough' })
  })
})

describe('wait', () => {
  test('gives the status of a job that has ended', async () => {
    await using engine = await FakeEngine.start()
    const { id, finishedAt } = leave(engine, { key: 'a', state: 'exited', exitCode: 3 })
    expect(await jobs(engine.host).wait('a')).toEqual({
      container: id,
      exitCode: 3,
      oomKilled: false,
      error: null,
      startedAt: expect.any(String),
      finishedAt: new Date(finishedAt).toISOString(),
    })
  })

  test('waits for one that has yet to start, and one that runs', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    const container = leave(engine, { key: 'a', program: () => end.promise.then(() => 4) })
    const result = jobs(engine.host).wait('a')
    await engine.seen('inspect')
    void container.start()
    await engine.seen('wait')
    end.resolve()
    expect(await result).toMatchObject({ exitCode: 4 })
  })

  test('goes on when the connection is lost', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    leave(engine, { key: 'a', state: 'running', program: () => end.promise.then(() => 4) })
    const warnings: string[] = []
    const onEvent = (event: { type: string; message?: string }) =>
      void warnings.push(event.message ?? event.type)
    const result = jobs(engine.host).wait('a', { onEvent })
    await engine.seen('wait')
    engine.drop('wait')
    await engine.seen('wait', 2)
    end.resolve()
    expect(await result).toMatchObject({ exitCode: 4 })
    expect(warnings).toEqual([expect.stringContaining('does not answer')])
  })

  test('gives the status of one that its run removes at once', async () => {
    await using engine = await FakeEngine.start()
    const container = leave(engine, { key: 'a', state: 'running' })
    engine.on('wait', async exchange => {
      await exchange.proceed()
      engine.containers.splice(0)
      container.end(5)
    })
    expect(await jobs(engine.host).wait('a')).toMatchObject({ exitCode: 5, finishedAt: null })
  })
})

test('stop', async () => {
  await using engine = await FakeEngine.start()
  const container = leave(engine, { key: 'a', state: 'running' })
  await jobs(engine.host).stop('a', { grace: 1_500 })
  expect(container.status).toBe('exited')
  expect((await engine.seen('stop')).query.get('t')).toBe('2')
  await jobs(engine.host).stop('a')
  expect((await engine.seen('stop', 2)).query.get('t')).toBeNull()
})

describe('remove', () => {
  test.each(['created', 'exited'] as const)('one that is %s', async state => {
    await using engine = await FakeEngine.start()
    leave(engine, { key: 'a', state })
    await jobs(engine.host).remove('a')
    expect(engine.containers).toEqual([])
    expect((await engine.seen('remove')).query.get('v')).toBe('true')
  })

  test('one that runs only with force', async () => {
    await using engine = await FakeEngine.start()
    leave(engine, { key: 'a', state: 'running' })
    expect(await rejection(jobs(engine.host).remove('a'))).toMatchObject({
      kind: 'usage',
      hint: expect.stringContaining('holdfast stop a'),
    })
    await jobs(engine.host).remove('a', { force: true })
    expect(engine.containers).toEqual([])
  })
})

test.each(['wait', 'stop', 'remove'] as const)('%s of a job that is not there', async method => {
  await using engine = await FakeEngine.start()
  expect(await rejection(jobs(engine.host)[method]('nobody'))).toMatchObject({ kind: 'usage' })
})
