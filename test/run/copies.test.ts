import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { packArchive } from '../../src/engine/streams/pack.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { FakePath } from '../support/fake-archive.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { forever, hears, launch } from './launch.ts'

const paths: Record<string, FakePath> = {
  '/': { kind: 'directory' },
  '/out': { kind: 'file', archive: () => packArchive([{ name: 'out', content: 'result' }]) },
}

/** A directory of this test's own, with a file `in`. */
class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'holdfast-copies-'))

  constructor() {
    writeFileSync(this.at('in'), 'input')
  }

  at(name: string): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

afterEach(() => void vi.useRealTimers())

const setup = { images: ['bb:1'], paths }

describe('a run with copies', () => {
  test('copies in before the start, out after the end, and removes the container then', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start(setup)
    const events: RunEvent[] = []
    const outcome = await launch(engine, {
      copyIn: [{ from: folder.at('in'), to: '/in' }],
      copyOut: [{ from: '/out', to: folder.at('out') }],
      onEvent: event => events.push(event),
    })
    expect(outcome).toMatchObject({
      kind: 'ok',
      copies: [
        { direction: 'in', from: folder.at('in'), to: '/in', entries: 1, bytes: 5 },
        { direction: 'out', from: '/out', to: folder.at('out'), entries: 1, bytes: 6 },
      ],
    })
    expect(readFileSync(folder.at('out'), 'utf8')).toBe('result')
    const steps = engine.requests
      .filter(
        ({ operation, method }) =>
          method !== 'HEAD' && ['archive', 'create', 'start', 'remove'].includes(operation),
      )
      .map(({ method, operation }) => `${method} ${operation}`)
    expect(steps).toEqual(['POST create', 'PUT archive', 'POST start', 'GET archive', 'DELETE remove'])
    const phases = events.flatMap(event => (event.type === 'phase' ? [event.phase] : []))
    expect(phases).toEqual(['inspect', 'create', 'copy-in', 'attach', 'start', 'run', 'copy-out', 'remove'])
  })

  test('that asks for none has none of it', async () => {
    await using engine = await FakeEngine.start(setup)
    const outcome = await launch(engine)
    expect(outcome.copies).toEqual([])
    expect(engine.asked).not.toContain('archive')
  })

  test('whose copy in fails does not start, and removes the container', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start(setup)
    const outcome = await launch(engine, { copyIn: [{ from: folder.at('in'), to: '/missing/in' }] })
    expect(outcome).toMatchObject({ kind: 'copy-failed', exitCode: null, container: { removed: true } })
    expect(engine.asked).not.toContain('start')
  })

  test('whose paths on this machine are wrong asks for nothing', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start(setup)
    const missing = await launch(engine, { copyIn: [{ from: folder.at('missing'), to: '/in' }] })
    const taken = await launch(engine, { copyOut: [{ from: '/out', to: folder.at('in') }] })
    for (const outcome of [missing, taken]) expect(outcome).toMatchObject({ kind: 'usage', container: null })
    expect(engine.asked).toEqual([])
  })

  test('that failed copies out, and keeps its own failure', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start({ ...setup, program: () => 3 })
    const copyOut = [
      { from: '/out', to: folder.at('out') },
      { from: '/missing', to: folder.at('missing') },
    ]
    const outcome = await launch(engine, { copyOut })
    expect(outcome).toMatchObject({
      kind: 'exit',
      exitCode: 3,
      warnings: [expect.stringContaining('/missing could not be copied')],
      container: { removed: true },
    })
    expect(readFileSync(folder.at('out'), 'utf8')).toBe('result')
  })

  test('that ran out of time copies out', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start({ ...setup, program: forever })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { onEvent, heard } = hears('started')
    const copyOut = [{ from: '/out', to: folder.at('out') }]
    const job = launch(engine, { timeout: 1_000, onEvent, copyOut })
    await heard
    vi.advanceTimersByTime(1_000)
    vi.useRealTimers()
    expect(await job).toMatchObject({ kind: 'timeout', copies: [{ direction: 'out' }] })
  })

  test('that was cancelled while it ran copies out', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start({ ...setup, program: forever })
    const controller = new AbortController()
    const { onEvent, heard } = hears('started')
    const copyOut = [{ from: '/out', to: folder.at('out') }]
    const job = launch(engine, { signal: controller.signal, onEvent, copyOut })
    await heard
    controller.abort()
    expect(await job).toMatchObject({ kind: 'cancelled', copies: [{ direction: 'out' }] })
  })

  test('that never started copies nothing out', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start(setup)
    engine.on('start', exchange => exchange.answer(400, 'no such command'))
    const outcome = await launch(engine, { copyOut: [{ from: '/out', to: folder.at('out') }] })
    expect(outcome).toMatchObject({ kind: 'start-failed', warnings: [] })
    expect(engine.asked).not.toContain('archive')
  })

  test.each([
    ['always', true],
    ['success', false],
  ] as const)(
    'that ended well and whose copy out fails, fails; with remove %s its container is removed: %s',
    async (remove, removed) => {
      using folder = new Folder()
      await using engine = await FakeEngine.start(setup)
      const outcome = await launch(engine, { remove, copyOut: [{ from: '/missing', to: folder.at('out') }] })
      expect(outcome).toMatchObject({
        kind: 'copy-failed',
        exitCode: 0,
        failure: {
          message: `/missing could not be copied to ${folder.at('out')}: it does not exist in the container`,
        },
        container: { removed },
      })
      expect(readdirSync(folder.path)).toEqual(['in'])
    },
  )

  test('whose connection breaks off during a copy out makes it again', async () => {
    using folder = new Folder()
    await using engine = await FakeEngine.start(setup)
    engine.on('archive', exchange => exchange.proceed())
    engine.on('archive', exchange => exchange.drop())
    const outcome = await launch(engine, { copyOut: [{ from: '/out', to: folder.at('out') }] })
    expect(outcome).toMatchObject({ kind: 'ok', copies: [{ entries: 1 }] })
    expect(readFileSync(folder.at('out'), 'utf8')).toBe('result')
    expect(readdirSync(folder.path)).toEqual(['in', 'out'])
  })

  test('gives a copy out up when it is cancelled after the job has ended', async () => {
    using folder = new Folder()
    async function* stuck() {
      yield new Uint8Array(512)
      await new Promise(() => undefined)
    }
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      paths: { '/out': { kind: 'file', archive: stuck } },
    })
    const controller = new AbortController()
    const copyOut = [{ from: '/out', to: folder.at('out') }]
    const job = launch(engine, { signal: controller.signal, copyOut })
    await engine.seen('archive', 2)
    controller.abort(new Error('enough'))
    expect(await job).toMatchObject({
      kind: 'copy-failed',
      exitCode: 0,
      failure: { message: expect.stringContaining('enough') },
    })
    expect(readdirSync(folder.path)).toEqual(['in'])
  })
})

describe('options that are refused', () => {
  test.each([
    [{ copyIn: 'a:b' }, 'copyIn must be a list'],
    [{ copyIn: ['a:/b'] }, 'copyIn must hold objects'],
    [{ copyIn: [{ from: 'a' }] }, 'copyIn[0].to must be an absolute path'],
    [{ copyIn: [{ from: 'a', to: 'b' }] }, 'copyIn[0].to must be an absolute path'],
    [{ copyOut: [{ from: 'a', to: 'b' }] }, 'copyOut[0].from must be an absolute path'],
    [{ copyOut: [{ from: '/a', to: '' }] }, 'copyOut[0].to must be a path'],
    [{ copyOut: [{ from: '/a', to: 'b\0' }] }, 'copyOut[0].to must be a path'],
    [{ copyOut: [{ from: '/a', to: 'b', mode: 1 }] }, 'copyOut[0].mode does not exist'],
    [{ copyLimits: 5 }, 'copyLimits must be an object'],
    [{ copyLimits: { size: 5 } }, 'copyLimits.size does not exist'],
    [{ copyLimits: { bytes: -1 } }, 'copyLimits.bytes must be a whole number'],
  ])('%j', async (options, words) => {
    await using engine = await FakeEngine.start(setup)
    const outcome = await launch(engine, Object(options))
    expect(outcome.failure).toMatchObject({ kind: 'usage', message: expect.stringContaining(words) })
    expect(engine.asked).toEqual([])
  })
})
