import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { RunOptions } from '../../src/run/options.ts'
import { rejection } from '../support/errors.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import type { Exchange, Operation } from '../support/fake-exchange.ts'
import { forever, hears, launch, prints, stubborn } from './launch.ts'

/** The Engine does nothing about it. */
const hold = () => undefined
/** The Engine does it, after the run has given up. */
const late = (exchange: Exchange) => setImmediate().then(() => exchange.proceed())

afterEach(() => {
  vi.useRealTimers()
})

/** What is asked of the Engine, but for attach and wait, which go out together, when the run ends during that request. */
const roads: Array<[Operation, (exchange: Exchange) => unknown, string[]]> = [
  ['image', hold, ['image']],
  ['create', late, ['image', 'create', 'remove']],
  ['attach', hold, ['image', 'create', 'remove']],
  ['wait', hold, ['image', 'create', 'remove']],
  ['start', late, ['image', 'create', 'start', 'stop', 'logs', 'inspect', 'remove']],
]

describe.each<[string, (give: () => Promise<unknown>) => Partial<RunOptions>]>([
  [
    'cancelled',
    give => {
      const controller = new AbortController()
      void give().then(() => controller.abort(new Error('enough')))
      return { signal: controller.signal }
    },
  ],
  [
    'timeout',
    give => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
      void give().then(() => vi.advanceTimersByTime(1_000))
      return { timeout: 1_000 }
    },
  ],
])('%s', (kind, limits) => {
  test.each(roads)('during %s: no container is left', async (operation, script, asked) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    engine.on(operation, script)
    const outcome = await launch(
      engine,
      limits(() => engine.seen(operation)),
    )
    expect(outcome).toMatchObject({ kind, failure: { kind } })
    expect(engine.containers).toEqual([])
    expect(engine.asked.filter(each => each !== 'attach' && each !== 'wait')).toEqual(asked)
  })

  test('during the pull: its connection is closed, and nothing created', async () => {
    await using engine = await FakeEngine.start()
    engine.on('pull', exchange => exchange.lines({ status: 'Downloading', id: 'a' }))
    const outcome = await launch(
      engine,
      limits(() => engine.seen('pull')),
    )
    expect(outcome).toMatchObject({ kind, registry: { contacted: true } })
    await (await engine.seen('pull')).closed
    expect(engine.asked).toEqual(['image', 'image', 'pull'])
  })

  test('while it runs: stopped, with the status and output that it ended with', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        const signal = self.signal()
        await self.out('before\n')
        await signal
        await self.out('after\n')
        return 41
      },
    })
    const { onEvent, heard } = hears('started')
    const outcome = await launch(engine, { ...limits(() => heard), onEvent })
    expect(outcome).toMatchObject({ kind, exitCode: 41, stdout: 'before\nafter\n', gaps: [] })
    expect(outcome.container).toMatchObject({ removed: true })
    expect(engine.containers).toEqual([])
  })

  test('while it runs, although it takes no notice: killed', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: stubborn })
    const { onEvent, heard } = hears('started')
    expect(await launch(engine, { ...limits(() => heard), onEvent, stopGrace: 0 })).toMatchObject({
      kind,
      exitCode: 137,
      signal: 'SIGKILL',
    })
    expect(engine.containers).toEqual([])
  })

  test('whatever the policy, a container that was never started is removed', async () => {
    for (const remove of ['never', 'success'] as const) {
      await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
      engine.on('attach', hold)
      expect(await launch(engine, { ...limits(() => engine.seen('attach')), remove })).toMatchObject({ kind })
      expect(engine.containers).toEqual([])
    }
  })

  test('one that was started is kept when asked to, and stopped', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    const { onEvent, heard } = hears('started')
    const outcome = await launch(engine, { ...limits(() => heard), onEvent, remove: 'never' })
    expect(outcome).toMatchObject({ kind, container: { removed: false } })
    expect(engine.containers).toMatchObject([{ status: 'exited', exitCode: 143 }])
  })
})

test('the reason is the cause', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
  const controller = new AbortController()
  const reason = new Error('enough')
  const failed = rejection(launch(engine, { reject: true, signal: controller.signal }))
  await engine.seen('start')
  controller.abort(reason)
  expect(await failed).toMatchObject({ kind: 'cancelled', cause: reason })
})

test('while a refusal to start is looked into: the refusal stands', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
  const controller = new AbortController()
  engine.on('start', exchange => exchange.answer(500, 'no such device'))
  engine.on('inspect', () => controller.abort())
  expect(await launch(engine, { signal: controller.signal })).toMatchObject({ kind: 'start-failed' })
  expect(engine.containers).toEqual([])
})

test('while it is being removed: the result stands', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x', '', 3) })
  const controller = new AbortController()
  engine.on('remove', exchange => {
    controller.abort()
    return exchange.proceed()
  })
  expect(await launch(engine, { signal: controller.signal })).toMatchObject({ kind: 'exit', exitCode: 3 })
  expect(engine.containers).toEqual([])
})

test.each([
  [undefined, '10'],
  [0, '0'],
  [1, '1'],
  [1_500, '2'],
])('stopGrace %s is %s seconds for the Engine', async (stopGrace, seconds) => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
  const controller = new AbortController()
  const options = stopGrace === undefined ? {} : { stopGrace }
  const { onEvent, heard } = hears('started')
  const job = launch(engine, { ...options, signal: controller.signal, onEvent })
  await heard
  controller.abort()
  expect((await engine.seen('stop')).query.get('t')).toBe(seconds)
  expect(await job).toMatchObject({ kind: 'cancelled' })
})

test('given up before the start is confirmed: what has begun keeps its grace', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
  const controller = new AbortController()
  engine.on('start', exchange => {
    controller.abort()
    return exchange.proceed()
  })
  const outcome = await launch(engine, { signal: controller.signal })
  expect(outcome).toMatchObject({ kind: 'cancelled', exitCode: 143 })
  expect((await engine.seen('stop')).query.get('t')).toBe('10')
})

test('a stop that fails does not leave the container, nor hide why', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
  const controller = new AbortController()
  engine.on('stop', exchange => exchange.answer(500, 'cannot stop'))
  const { onEvent, heard } = hears('started')
  const job = launch(engine, { signal: controller.signal, onEvent })
  await heard
  controller.abort()
  const outcome = await job
  expect(outcome.warnings).toEqual([expect.stringContaining('cannot stop')])
  expect(outcome).toMatchObject({ kind: 'cancelled', container: { removed: true } })
  expect(engine.containers).toEqual([])
})

describe.concurrent('a reader that has stopped reading', () => {
  test('does not keep a cancelled run', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('line\n'.repeat(10)) })
    const controller = new AbortController()
    const job = launch(engine, { signal: controller.signal })
    const lines = job[Symbol.asyncIterator]()
    await lines.next()
    controller.abort()
    // The container has ended long ago, and the output is not read.
    expect(await job).toMatchObject({ kind: 'cancelled' })
    expect(engine.containers).toEqual([])
  })

  test('does not keep a run whose container was stopped', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        for (;;) await self.out('x'.repeat(65536))
      },
    })
    const controller = new AbortController()
    const job = launch(engine, { signal: controller.signal })
    const lines = job.chunks()
    await lines.next()
    controller.abort()
    expect(await job).toMatchObject({ kind: 'cancelled', exitCode: 143 })
    expect(engine.containers).toEqual([])
  })
})
