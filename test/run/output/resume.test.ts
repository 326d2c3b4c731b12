import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { RunOptions } from '../../../src/run/options.ts'
import { CuttingRelay } from '../../support/cutting-relay.ts'
import type { Process } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { cut, random } from '../../support/random.ts'
import { advanceTimers, launch } from '../launch.ts'

/**
 * Lines of both streams: numbers, multibyte characters, a line of several parts, none at the end. That line is ASCII: a
 * log replaces a character that lies in two parts.
 */
function text(lines: number, seed: number): Record<'stdout' | 'stderr', string> {
  const next = random(seed)
  const line = (stream: string, index: number) =>
    next(50) === 0
      ? `${stream} ${index} ${'a long line '.repeat(2_500)}\n`
      : `${stream} ${index} ${'é€😀'.repeat(next(12))}\n`
  const of = (stream: string, count: number) =>
    Array.from({ length: count }, (_, index) => line(stream, index)).join('')
  return { stdout: `${of('out', lines)}end`, stderr: of('err', lines / 4) }
}

/** Prints both in pieces of random sizes, one after the other at random. */
async function print(
  self: Process,
  { stdout, stderr }: ReturnType<typeof text>,
  seed: number,
): Promise<void> {
  const next = random(seed)
  const out = cut(Buffer.from(stdout), next, 3_000)
  const err = cut(Buffer.from(stderr), next, 3_000)
  while (out.length + err.length > 0) {
    const bytes = next(out.length + err.length) < out.length ? out.shift() : undefined
    if (bytes !== undefined) await self.out(bytes)
    else await self.err(err.shift() ?? '')
    if (next(20) === 0) await setImmediate()
  }
}

async function collected(job: ReturnType<typeof launch>): Promise<Record<'stdout' | 'stderr', string>> {
  const bytes: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] }
  for await (const chunk of job.chunks()) bytes[chunk.stream].push(chunk.bytes)
  return { stdout: Buffer.concat(bytes.stdout).toString(), stderr: Buffer.concat(bytes.stderr).toString() }
}

/** Where two texts differ, and what is there. */
function firstDifference(got: string, wanted: string): object | undefined {
  if (got === wanted) return undefined
  const at = [...wanted].findIndex((character, index) => got[index] !== character)
  const around = (text: string) => text.slice(Math.max(0, at - 40), at + 40)
  return { at, lengths: [got.length, wanted.length], got: around(got), wanted: around(wanted) }
}

describe.concurrent('streams that are cut at random places, again and again', () => {
  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'seed %i: each byte once',
    async seed => {
      const wanted = text(seed % 3 === 0 ? 1_000 : 120, seed)
      const next = random(seed * 7)
      let attached = 0
      await using engine = await FakeEngine.start({
        images: ['bb:1'],
        program: self => print(self, wanted, seed).then(() => seed),
      })
      await using relay = await CuttingRelay.start(engine.host, request => {
        if (!/\/(attach|logs)\b/.test(request) || (request.includes('logs') && attached > 5)) return undefined
        attached++
        return { after: 200 + next(60_000), how: next(2) === 0 ? 'end' : 'destroy' }
      })
      const job = launch(engine, { engine: relay.host, capture: 0 })
      const got = await collected(job)
      expect(await job).toMatchObject({ exitCode: seed, gaps: [] })
      for (const stream of ['stdout', 'stderr'] as const)
        expect(firstDifference(got[stream], wanted[stream]), stream).toBe(undefined)
      expect(relay.cuts).toBeGreaterThan(0)
    },
    60_000,
  )
})

interface Cutting {
  program: (self: Process) => Promise<unknown>
  /** Bytes of the attached stream, its head included, after which it is cut cleanly. */
  after: number
  options?: Partial<RunOptions>
  prepare?(engine: FakeEngine, request: string): void
}

/** A job whose attached stream is cut once; what came of it, and how many bytes of its log were read. */
async function cutOnce({ program, after, options, prepare }: Cutting) {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program })
  await using relay = await CuttingRelay.start(engine.host, request => {
    if (request.includes('/logs')) prepare?.(engine, request)
    return request.includes('/attach') ? { after, how: 'end' } : undefined
  })
  const job = launch(engine, { engine: relay.host, capture: 0, ...options })
  const got = await collected(job)
  expect(relay.cuts).toBe(1)
  return { ...got, outcome: await job, logBytes: relay.received.logs ?? 0 }
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`)
const prints = (pieces: readonly string[]) => async (self: Process) => {
  for (const piece of pieces) await self.out(piece)
}

describe('a stream that is cut once', () => {
  test('a moment before the container ends: nothing is lost', async () => {
    const lines = numbered(50)
    const { stdout, outcome } = await cutOnce({ program: prints(lines), after: 600 })
    expect(stdout).toBe(lines.join(''))
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
  })

  test.each([
    ['a line, again and again', 'y\n'.repeat(50_000)],
    ['long lines that are all the same', `${'x'.repeat(40_000)}\n`.repeat(20)],
    ['a block that repeats itself', numbered(700).join('').repeat(30)],
  ])('and prints %s: counted from the start', async (_, all) => {
    const { stdout, outcome } = await cutOnce({ program: self => self.out(all), after: 80_000 })
    expect(firstDifference(stdout, all)).toBe(undefined)
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
  })

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'in a line whose parts cut characters, %i bytes into the word: what the log replaced is a gap, and nothing is lost',
    async offset => {
      const line = 'long€'.repeat(7_600)
      const all = `${line}\nnext\n${line.toUpperCase()}no end`
      const { stdout, outcome } = await cutOnce({ program: self => self.out(all), after: 53_150 + offset })
      expect(stdout.length).toBeGreaterThanOrEqual(all.length)
      expect(firstDifference(stdout.replaceAll('\ufffd\ufffd\ufffd', '€'), all)).toBe(undefined)
      expect(outcome.gaps).toEqual([expect.stringContaining('bytes that are not UTF-8')])
    },
  )

  test('and repeats itself behind bytes that the log replaced: the count proves nothing, and a gap says so', async () => {
    const start = Buffer.from([0xff, 0x0a])
    const all = Buffer.concat([start, Buffer.from('y\n'.repeat(50_000))])
    const { stdout, outcome } = await cutOnce({ program: self => self.out(all), after: 80_000 })
    expect(`\ufffd\n${'y\n'.repeat(50_000)}`.startsWith(stdout)).toBe(true)
    expect(outcome.gaps).toEqual([expect.stringContaining("can't be continued exactly")])
  })

  test('with the other stream silent since its first line, and speaking again when it is lost', async () => {
    const lines = numbered(20_000)
    const { stdout, stderr, outcome } = await cutOnce({
      program: async self => {
        await self.err('first\nhalf a ')
        for (let at = 0; at < lines.length; at += 500) {
          await self.out(lines.slice(at, at + 500).join(''))
          if (at === 19_000) await self.err('line\n')
        }
      },
      after: 200_000,
    })
    expect(firstDifference(stdout, lines.join(''))).toBe(undefined)
    expect(stderr).toBe('first\nhalf a line\n')
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
  })

  test.each<[string, Partial<RunOptions>]>([
    ['the option tty', { tty: true }],
    ["Docker's own field", { container: { Tty: true } }],
  ])('with a terminal by %s: raw bytes, counted from the start', async (_, options) => {
    const lines = numbered(5_000)
    const { stdout, outcome } = await cutOnce({ program: prints(lines), after: 30_000, options })
    expect(firstDifference(stdout, lines.join(''))).toBe(undefined)
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
  })

  test('with a few words of the other stream near the end: none of them twice', async () => {
    const lines = numbered(20_000)
    const { stdout, stderr, outcome } = await cutOnce({
      program: async self => {
        await self.err('first\n')
        await self.out(lines.slice(0, 19_990).join(''))
        await self.err('last\n')
        await self.out(lines.slice(19_990).join(''))
      },
      after: 150_000,
    })
    expect(firstDifference(stdout, lines.join(''))).toBe(undefined)
    expect(stderr).toBe('first\nlast\n')
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
  })

  test.each([
    ['numbered lines', numbered(20_000).join(''), []],
    // A log that was rotated would look the same.
    ['a line, again and again', 'y\n'.repeat(60_000), [expect.stringContaining('may have been rotated')]],
  ])(
    'while the log is behind with its writing (%s)',
    async (_, all, gaps) => {
      const caughtUp = Promise.withResolvers<void>()
      const { stdout, outcome } = await cutOnce({
        program: async self => {
          await self.out(all.slice(0, 40_000))
          self.log.fallBehind()
          await self.out(all.slice(40_000))
          await caughtUp.promise
        },
        after: 90_000,
        prepare(engine, request) {
          if (!request.includes('follow=true')) return
          engine.containers[0]?.log.catchUp()
          caughtUp.resolve()
        },
      })
      expect(firstDifference(stdout, all)).toBe(undefined)
      expect(outcome).toMatchObject({ kind: 'ok', gaps })
    },
    60_000,
  )

  test('near the end of much output: little of the log is read', async () => {
    const lines = numbered(300_000)
    const pieces = Array.from({ length: 300 }, (_, index) => lines.slice(index * 1_000, (index + 1) * 1_000))
    const all = lines.join('')
    const { stdout, outcome, logBytes } = await cutOnce({
      program: prints(pieces.map(piece => piece.join(''))),
      after: all.length - 20_000,
    })
    expect(firstDifference(stdout, all)).toBe(undefined)
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
    expect(all.length).toBeGreaterThan(3_000_000)
    expect(logBytes).toBeLessThan(1024 * 1024)
  }, 60_000)

  test('and its log has been rotated beyond what was delivered: a gap, and nothing twice', async () => {
    const lines = numbered(20_000)
    const { stdout, outcome } = await cutOnce({
      program: async self => {
        await self.out(lines.slice(0, 10_000).join(''))
        await self.out(lines.slice(10_000).join(''))
        await self.signal()
      },
      after: 60_000,
      prepare: engine => {
        const [container] = engine.containers
        container?.log.messages.splice(0, 15_000)
        container?.kill('SIGTERM')
      },
    })
    expect(lines.join('').startsWith(stdout)).toBe(true)
    expect(outcome.gaps).toEqual([expect.stringContaining("can't be continued exactly")])
  })
})

describe('a proxy that cuts each connection', () => {
  const all = numbered(5_000).join('')

  test('before the place is found in the log: reading goes on from where it had come to', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out(all)
        await self.signal()
      },
    })
    await using relay = await CuttingRelay.start(engine.host, request => {
      if (request.includes('/attach')) return { after: 40_000, how: 'destroy' }
      return request.includes('/logs') ? { after: 30_000, how: 'destroy', withHead: false } : undefined
    })
    const job = launch(engine, { engine: relay.host, capture: 0 })
    let stdout = ''
    for await (const { bytes } of job.chunks()) {
      stdout += Buffer.from(bytes).toString()
      if (stdout.length >= all.length) engine.containers[0]?.kill('SIGTERM')
    }
    expect(firstDifference(stdout, all)).toBe(undefined)
    expect((await job).gaps).toEqual([])
    expect(relay.cuts).toBeGreaterThan(5)
  }, 60_000)

  test('of the log, before any message of it: a gap, and what is printed from then on', async () => {
    const again = Promise.withResolvers<void>()
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out(all)
        await again.promise
        await self.attached()
        await self.out('last\n')
      },
    })
    await using relay = await CuttingRelay.start(engine.host, request => {
      if (request.includes('/logs')) return { after: 10, how: 'destroy', withHead: false }
      if (!request.includes('/attach')) return undefined
      if (relay.cuts > 0) again.resolve()
      return relay.cuts > 0 ? undefined : { after: 40_000, how: 'end' }
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const job = launch(engine, { engine: relay.host, capture: 0 })
    const output = collected(job)
    await advanceTimers(output)
    vi.useRealTimers()
    const { stdout } = await output
    expect(stdout.endsWith('last\n')).toBe(true)
    expect(all.startsWith(stdout.slice(0, -'last\n'.length))).toBe(true)
    expect((await job).gaps).toEqual([expect.stringContaining("can't be continued exactly")])
  }, 60_000)
})
