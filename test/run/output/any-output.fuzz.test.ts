import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CuttingRelay } from '../../support/cutting-relay.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { cut, random, tries } from '../../support/random.ts'
import { launch } from '../launch.ts'

type Next = (below: number) => number

const replacement = Buffer.from('\ufffd')
const words = ['y\n', 'long€', 'é', '\ufffd\n', 'a line\n', '😀\n', 'x']

/** Anything: lines, repetitions, lines of several parts whose characters these cut, bytes that are not UTF-8. */
function anything(next: Next): Buffer {
  const pieces = Array.from({ length: 1 + next(6) }, () => {
    const kind = next(6)
    if (kind === 0) return Buffer.from(Array.from({ length: next(40) }, () => next(256)))
    if (kind === 1)
      return Buffer.from(Array.from({ length: next(500) }, (_, index) => `line ${index}\n`).join(''))
    if (kind === 2) return Buffer.from('\n')
    return Buffer.from((words[next(words.length)] ?? '').repeat(1 + next(kind === 3 ? 60 : 6_000)))
  })
  return Buffer.concat(pieces)
}

/** The first difference of `got` from `wanted`; undefined for none. With `isReplaced`, a U+FFFD may stand for any byte. */
function firstDifference(got: Buffer, wanted: Buffer, isReplaced: boolean): object | undefined {
  // What of `wanted` can be over at each place: a U+FFFD may have been printed, or replace a byte.
  const over = new Map([[0, new Set([0])]])
  const reach = (at: number, from: number) => over.set(at, (over.get(at) ?? new Set()).add(from))
  for (let at = 0; at < got.length; at++) {
    for (const from of over.get(at) ?? []) {
      if (from < wanted.length && got[at] === wanted[from]) reach(at + 1, from + 1)
      if (isReplaced && from < wanted.length && got.subarray(at, at + 3).equals(replacement))
        reach(at + 3, from + 1)
    }
    if (at < got.length - 1 && Math.max(...over.keys()) <= at) return around(got, at, wanted, over.get(at))
    over.delete(at)
  }
  return over.get(got.length)?.has(wanted.length)
    ? undefined
    : around(got, got.length, wanted, over.get(got.length))
}

function around(got: Buffer, at: number, wanted: Buffer, over = new Set<number>()): object {
  const text = (bytes: Buffer, at: number) => bytes.subarray(Math.max(0, at - 60), at + 60).toString('latin1')
  return {
    lengths: [got.length, wanted.length],
    at,
    got: text(got, at),
    ...Object.fromEntries([...over].slice(0, 4).map(from => [`wanted from ${from}`, text(wanted, from)])),
  }
}

describe.concurrent('whatever a container prints, and wherever its streams are cut', () => {
  const seeds = Array.from({ length: Math.ceil(tries / 5) }, (_, index) => index + 1)
  test.each(seeds)(
    'seed %i: each byte once, or a gap says what is not known',
    { timeout: 60_000 },
    async seed => {
      const next = random(seed)
      const wanted = { stdout: anything(next), stderr: next(3) === 0 ? anything(next) : Buffer.alloc(0) }
      let cuts = 1 + next(3)
      await using engine = await FakeEngine.start({
        images: ['bb:1'],
        program: async self => {
          const out = cut(wanted.stdout, next, 20_000)
          const err = cut(wanted.stderr, next, 20_000)
          while (out.length + err.length > 0) {
            const bytes = next(out.length + err.length) < out.length ? out.shift() : undefined
            if (bytes !== undefined) await self.out(bytes)
            else await self.err(err.shift() ?? '')
            if (next(3) === 0) await setImmediate()
          }
          return 7
        },
      })
      await using relay = await CuttingRelay.start(engine.host, request => {
        if (!/\/(attach|logs)\b/.test(request) || cuts-- <= 0) return undefined
        const after = 150 + next(wanted.stdout.length + wanted.stderr.length)
        return { after, how: next(2) === 0 ? 'end' : 'destroy' }
      })
      const job = launch(engine, { engine: relay.host, capture: 0 })
      const got = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
      for await (const { stream, bytes } of job.chunks()) got[stream].push(bytes)
      const { exitCode, gaps } = await job
      expect(exitCode).toBe(7)
      if (gaps.some(reason => reason.includes("can't be continued exactly"))) return
      const isReplaced = gaps.some(reason => reason.includes('not UTF-8'))
      for (const stream of ['stdout', 'stderr'] as const)
        expect(firstDifference(Buffer.concat(got[stream]), wanted[stream], isReplaced), stream).toBe(
          undefined,
        )
    },
  )
})
