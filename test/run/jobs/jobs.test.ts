import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { jobs } from '../../../src/run/jobs/jobs.ts'
import { optionLabels } from '../../../src/run/jobs/left-options.ts'
import { collect, rejection } from '../../support/errors.ts'
import type { Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { prints } from '../launch.ts'
import { leave } from './places.ts'

const lines = (word: string) => Array.from({ length: 1_000 }, (_, index) => `${word} ${index}\n`).join('')

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

  test.each([true, false])('whose connection is lost goes on at the very byte (follow %j)', async follow => {
    await using engine = await FakeEngine.start()
    const dropped = Promise.withResolvers<void>()
    const program: Program = async self => {
      await self.out('first\nsec')
      await self.err('problem\n')
      await dropped.promise
      await self.out('ond\n')
    }
    leave(engine, { key: 'a', state: 'running', program })
    engine.on('logs', async exchange => {
      const [container] = engine.containers
      container?.log.serve(exchange.response, new URLSearchParams({ follow: 'true' }))
    })
    const messages: string[] = []
    const read = jobs(engine.host).logs('a', {
      follow,
      onEvent: event => void (event.type === 'warning' && messages.push(event.message)),
    })
    const pieces: Record<string, string> = { stdout: '', stderr: '' }
    let lost = false
    for await (const { stream, bytes } of read) {
      pieces[stream] += String(bytes)
      if (lost || pieces.stderr === '') continue
      lost = true
      engine.drop('logs')
      dropped.resolve()
    }
    expect(pieces).toEqual({ stdout: 'first\nsecond\n', stderr: 'problem\n' })
    expect(messages).toEqual([])
  })

  test('of an Engine that goes away and comes back', async () => {
    await using engine = await FakeEngine.start()
    const back = Promise.withResolvers<void>()
    const program: Program = async self => {
      await self.out('before\n')
      await back.promise
      await self.out('after\n')
    }
    leave(engine, { key: 'a', state: 'running', program })
    const messages: string[] = []
    const onEvent = (event: { type: string; message?: string }) =>
      void messages.push(event.message ?? event.type)
    let text = ''
    for await (const { bytes } of jobs(engine.host).logs('a', { follow: true, onEvent })) {
      text += String(bytes)
      if (text !== 'before\n') continue
      await engine.down()
      await engine.up()
      back.resolve()
    }
    expect(text).toBe('before\nafter\n')
  })

  test.each([
    ['json-file', { 'max-size': '1m' }],
    ['local', {}],
  ])('whose log is rotated, by %s: each line once', async (Type, Config) => {
    await using engine = await FakeEngine.start()
    const goOn = Promise.withResolvers<void>()
    const program: Program = async self => {
      await self.out(lines('before'))
      await goOn.promise
      container.log.rotate()
      await self.out(lines('after'))
    }
    const spec = { HostConfig: { LogConfig: { Type, Config } } }
    const container = leave(engine, { key: 'a', state: 'running', program, spec })
    let text = ''
    for await (const { bytes } of jobs(engine.host).logs('a', { follow: true })) {
      text += String(bytes)
      if (text === lines('before')) goOn.resolve()
    }
    expect(text).toBe(lines('before') + lines('after'))
  })

  test('that have been rotated away since the connection was lost: what is left, then an error', async () => {
    await using engine = await FakeEngine.start()
    const program: Program = async self => {
      await self.out(Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join(''))
      await new Promise(() => undefined)
    }
    const container = leave(engine, { key: 'a', state: 'running', program })
    const events: string[] = []
    let text = ''
    const read = async () => {
      const onEvent = (event: { type: string }) => void events.push(event.type)
      for await (const { bytes } of jobs(engine.host).logs('a', { follow: true, onEvent })) {
        text += String(bytes)
        container.log.messages.splice(0, 50)
        engine.drop('logs')
        container.end(0)
        container.log.end()
      }
    }
    expect(await rejection(read())).toMatchObject({
      kind: 'engine-error',
      message: expect.stringContaining('the output of a is not complete'),
    })
    expect(text.startsWith('line 0\n')).toBe(true)
    expect(events).toContain('gap')
  })

  test('of a job that its run removes at its end', async () => {
    await using engine = await FakeEngine.start()
    const end = Promise.withResolvers<void>()
    const container = leave(engine, {
      key: 'a',
      state: 'running',
      program: self => self.out('out\n').then(() => end.promise),
    })
    let text = ''
    for await (const { bytes } of jobs(engine.host).logs('a', { follow: true })) {
      text += String(bytes)
      engine.containers.splice(0)
      container.log.end()
    }
    end.resolve()
    expect(text).toBe('out\n')
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
      kind: 'exit',
      exitCode: 3,
      oomKilled: false,
      error: null,
      startedAt: expect.any(String),
      finishedAt: new Date(finishedAt).toISOString(),
      result: null,
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

  test('knows the statuses and the result that the run wanted', async () => {
    await using engine = await FakeEngine.start()
    const program = prints('first\n{"rows":3}\n\n', 'problem', 99)
    const options = optionLabels({ skipExitCodes: [98, 99], result: 'last-line' })
    leave(engine, { key: 'a', state: 'running', program, labels: options })
    expect(await jobs(engine.host).wait('a')).toMatchObject({
      kind: 'skipped',
      exitCode: 99,
      result: '{"rows":3}',
    })
  })

  test('reads the result from all of stdout, and warns where it is not kept', async () => {
    await using engine = await FakeEngine.start()
    leave(engine, {
      key: 'a',
      state: 'running',
      program: prints('all of it\n'),
      labels: optionLabels({ result: 'stdout' }),
    })
    leave(engine, {
      key: 'b',
      state: 'running',
      program: self => self.out('x'.repeat(2 ** 20 + 1)),
      labels: optionLabels({ result: 'stdout' }),
    })
    expect(await jobs(engine.host).wait('a')).toMatchObject({ kind: 'ok', result: 'all of it\n' })
    const messages: string[] = []
    const onEvent = (event: { type: string; message?: string }) =>
      void messages.push(event.message ?? event.type)
    expect(await jobs(engine.host).wait('b', { onEvent })).toMatchObject({ result: null })
    expect(messages).toEqual([expect.stringContaining('1 bytes of it were not kept')])
  })

  test('looks for the last line behind many lines of the other stream', async () => {
    await using engine = await FakeEngine.start()
    const program: Program = async self => {
      await self.out('wanted\n')
      await self.err('noise\n'.repeat(1_500))
    }
    leave(engine, { key: 'a', state: 'running', program, labels: optionLabels({ result: 'last-line' }) })
    expect(await jobs(engine.host).wait('a')).toMatchObject({ result: 'wanted' })
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
