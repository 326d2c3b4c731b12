import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../src/run/outcome.ts'
import { collect, rejection } from '../support/errors.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { forever, hears, launch, prints } from './launch.ts'

const two = prints('a\nb\n')
const lines = [
  { stream: 'stdout', text: 'a' },
  { stream: 'stdout', text: 'b' },
]

describe('a job', () => {
  test('shows itself as a promise', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job: Promise<Outcome> = launch(engine)
    expect(inspect(job)).toMatch(/^Job \[Promise\] \{ <pending> \}$/)
    await job
    expect(inspect(job)).toMatch(/^Job \[Promise\] \{\s+\{\s+kind: 'ok'/)
  })

  test('is awaited', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    expect(await launch(engine)).toMatchObject({ kind: 'ok', stdout: 'a\nb\n' })
  })

  test('is iterated', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    expect(await collect(launch(engine))).toEqual({ items: lines, error: undefined })
  })

  test('is iterated, then awaited', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job = launch(engine)
    expect((await collect(job)).items).toEqual(lines)
    expect(await job).toMatchObject({ kind: 'ok', stdout: 'a\nb\n' })
  })

  test('is awaited and iterated at once', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job = launch(engine)
    const [outcome, read] = await Promise.all([job, collect(job)])
    expect([outcome.stdout, read.items]).toEqual(['a\nb\n', lines])
  })

  test('is iterated as bytes', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const { items } = await collect(launch(engine).chunks())
    expect(Buffer.concat(items.map(({ bytes }) => bytes)).toString()).toBe('a\nb\n')
  })

  test('is awaited twice, for one outcome', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job = launch(engine)
    expect(await job).toBe(await job)
    expect(engine.asked.filter(operation => operation === 'create')).toEqual(['create'])
  })

  test('is a promise with catch and finally', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('', '', 1) })
    let over = false
    const caught = await launch(engine, { reject: true })
      .finally(() => {
        over = true
      })
      .catch((error: Outcome) => error.kind)
    expect([caught, over]).toEqual(['exit', true])
  })

  test('runs before anybody asks for it', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job = launch(engine)
    await engine.seen('start')
    await job
  })
})

describe('a failed job', () => {
  test('throws at the end of its lines', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('a\nb\n', '', 3) })
    const { items, error } = await collect(launch(engine, { reject: true }))
    expect(items).toEqual(lines)
    expect(error).toMatchObject({ name: 'RunError', kind: 'exit', exitCode: 3 })
  })

  test('throws at the end of its bytes', async () => {
    await using engine = await FakeEngine.start()
    const { items, error } = await collect(launch(engine, { reject: true, pull: 'never' }).chunks())
    expect(items).toEqual([])
    expect(error).toMatchObject({ name: 'RunError', kind: 'image-missing' })
  })

  test('with reject: false does not', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('a\nb\n', '', 3) })
    expect(await collect(launch(engine))).toEqual({ items: lines, error: undefined })
  })

  test('does not end the process while its reader is busy with a line', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('a\n')
        await forever(self)
      },
    })
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listener)
    const controller = new AbortController()
    const { onEvent, heard } = hears('failed')
    const reader = launch(engine, { reject: true, signal: controller.signal, onEvent })[
      Symbol.asyncIterator
    ]()
    await reader.next()
    controller.abort()
    await heard
    await engine.idle()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
    expect(await rejection(reader.next())).toMatchObject({ kind: 'cancelled' })
  })

  test('nor after its reader has left', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('a\nb\n', '', 3) })
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listener)
    for await (const { text } of launch(engine, { reject: true })) if (text === 'a') break
    await engine.seen('remove')
    await engine.idle()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
  })
})

describe('the reader', () => {
  test('the outcome is whole after the reader left early', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: prints(`line\n${'x'.repeat(499_994)}\n`, '', 2),
    })
    const job = launch(engine, { capture: 10 })
    for await (const line of job) {
      expect(line.text).toBe('line')
      break
    }
    expect(await job).toMatchObject({
      exitCode: 2,
      stdout: 'line\n\n[499990 bytes not kept]\nxxxx\n',
      dropped: { stdout: 499_990 },
      gaps: [],
    })
  })

  test('a reader that comes too late gets an error', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job = launch(engine)
    await job
    const { error } = await collect(job)
    expect(error).toMatchObject({ kind: 'usage', hint: expect.stringContaining('right after run()') })
    expect(() => job.chunks()).toThrow("the job's output is being read already")
  })

  test('a second reader gets an error', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: two })
    const job = launch(engine)
    const [first, second] = await Promise.all([collect(job), collect(job)])
    expect(first).toEqual({ items: lines, error: undefined })
    expect(second).toMatchObject({ items: [], error: { kind: 'usage' } })
  })
})

describe('kill and resize', () => {
  test('reach the container while it runs', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        for (const expected of ['SIGHUP', 'SIGUSR1']) {
          const name = await self.signal()
          await self.out(`${name === expected}\n`)
        }
        await new Promise(() => undefined)
      },
    })
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { tty: true, onEvent })
    const outcome = job.then(result => result)
    await heard
    await job.resize({ rows: 24, columns: 80 })
    await job.kill('SIGHUP')
    await job.kill('SIGUSR1')
    await job.kill()
    expect(await outcome).toMatchObject({ exitCode: 137, signal: 'SIGKILL', stdout: 'true\ntrue\n' })
    const { query } = await engine.seen('resize')
    expect(Object.fromEntries(query)).toEqual({ h: '24', w: '80' })
    expect((await engine.seen('kill', 3)).query.get('signal')).toBe('SIGKILL')
  })

  test('a kill is awaited by the reader of the output, which the container ends behind', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('a\nb\n')
        await forever(self)
      },
    })
    const readOn = Promise.withResolvers<void>()
    engine.on('kill', async exchange => {
      await readOn.promise
      await exchange.proceed()
    })
    const job = launch(engine)
    for await (const { text } of job) {
      if (text === 'a') await job.kill()
      readOn.resolve()
    }
    expect(await job).toMatchObject({ exitCode: 137, signal: 'SIGKILL', stdout: 'a\nb\n', gaps: [] })
  })

  test('have no effect before it runs, or after', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const job = launch(engine)
    await job.kill('SIGTERM')
    await job.resize({ rows: 1, columns: 1 })
    await job
    await job.kill()
    expect(engine.asked).toEqual(['image', 'create', 'attach', 'wait', 'start', 'logs', 'inspect', 'remove'])
  })

  test.each([404, 409])('a container that has just ended is no error: %i', async status => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    engine.on('kill', exchange => exchange.answer(status, 'is not running'))
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    await heard
    await job.kill('SIGTERM')
    await job.kill()
    expect(await job).toMatchObject({ exitCode: 137 })
  })

  test('a signal that the Engine does not know is an error', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    engine.on('kill', exchange => exchange.answer(400, 'Invalid signal: NONSENSE'))
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    await heard
    expect(await rejection(job.kill('NONSENSE'))).toMatchObject({ status: 400 })
    await job.kill()
    await job
  })
})
