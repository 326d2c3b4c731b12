import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { Body } from '../../../src/engine/http/body.ts'
import { collect, rejection } from '../../support/errors.ts'
import { cut, random } from '../../support/random.ts'

/** What a body has asked of its connection. */
let asked: string[]
let body: Body

beforeEach(() => {
  asked = []
  body = new Body({
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
    cancel: () => asked.push('cancel'),
  })
})

const kib = (count: number) => new Uint8Array(count * 1024)
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString()

test('chunks come in order, the ones from before the reader and the ones after', async () => {
  body.push(bytes('a'))
  const read = collect(body)
  await setImmediate()
  body.push(bytes('b'))
  await setImmediate()
  body.push(bytes('c'))
  body.end()
  expect(await read).toEqual({ items: ['a', 'b', 'c'].map(bytes), error: undefined })
  expect(asked).toEqual([])
})

test('an error comes after what was there before it', async () => {
  const error = new Error('broke off')
  body.push(bytes('a'))
  body.push(bytes('b'))
  body.end(error)
  const { items, error: thrown } = await collect(body)
  expect(text(items)).toBe('ab')
  expect(thrown).toBe(error)
})

test('an error reaches a reader that waits', async () => {
  const read = collect(body)
  await setImmediate()
  body.end('reason')
  expect(await read).toEqual({ items: [], error: 'reason' })
})

test('the first ending counts', async () => {
  body.end()
  body.end(new Error('late'))
  body.push(bytes('late'))
  expect(await collect(body)).toEqual({ items: [], error: undefined })
})

describe('small chunks that wait', () => {
  test('come as one, in order with large ones', async () => {
    const large = Buffer.alloc(5000, 'L')
    for (const chunk of [bytes('a'), bytes('b'), large, bytes('c'), bytes(''), bytes('d')]) body.push(chunk)
    body.end()
    const { items } = await collect(body)
    expect(items.map(chunk => chunk.length)).toEqual([2, 5000, 2])
    expect(text(items)).toBe(`ab${large}cd`)
    expect(items[1]).toBe(large)
  })

  test('one alone is not copied', async () => {
    const chunk = bytes('alone')
    body.push(chunk)
    expect(await body.read()).toBe(chunk)
  })

  test('what has been given stays as it is', async () => {
    body.push(bytes('one'))
    body.push(bytes('two'))
    const first = await body.take()
    for (let index = 0; index < 3000; index++) body.push(bytes('more'))
    body.end()
    expect(text([first ?? kib(1)])).toBe('onetwo')
    expect(text((await collect(body)).items)).toBe('more'.repeat(3000))
  })

  test.each([1, 2, 3])('of any size, read at any time, are what was pushed, seed %i', async seed => {
    const below = random(seed)
    const [pushed, seen] = [[], []] as [Uint8Array[], Uint8Array[]]
    for (let round = 0; round < 2000; round++) {
      const chunk = Buffer.alloc(below(20) === 0 ? 4090 + below(12) : below(120), 97 + below(26))
      pushed.push(Buffer.from(chunk))
      body.push(chunk)
      if (below(10) === 0) seen.push((await body.take()) ?? bytes(''))
    }
    body.end()
    seen.push(...(await collect(body)).items)
    expect(text(seen).length).toBe(text(pushed).length)
    expect(text(seen) === text(pushed)).toBe(true)
  })
})

describe('memory', () => {
  /** As many bytes as there are, in chunks of any size up to what one read of a socket brings. */
  async function pushAll(all: Buffer, below: (bound: number) => number, between: () => Promise<void>) {
    for (const chunk of cut(all, below, below(2) === 0 ? 200 : 64 * 1024)) {
      body.push(chunk)
      await between()
    }
    body.end()
  }

  test.each([1, 2, 3, 4])('of what is read is good until the next is asked for, seed %i', async seed => {
    const below = random(seed)
    const all = Buffer.from(Uint32Array.from({ length: 400_000 }, () => below(2 ** 31)).buffer)
    let at = 0
    const readOn = async () => {
      const read = (await body.read()) ?? bytes('')
      await setImmediate()
      expect(all.subarray(at, at + read.length).equals(read)).toBe(true)
      at += read.length
    }
    await pushAll(all, below, async () => {
      if (below(3) === 0) await readOn()
    })
    while (at < all.length) await readOn()
    expect(await body.read()).toBeUndefined()
  })

  test('of what is read is used again: a few slabs do for any size', async () => {
    const seen = new Set<ArrayBufferLike>()
    for (let round = 0; round < 1000; round++) {
      body.push(kib(60))
      seen.add((await body.read())?.buffer ?? expect.fail())
    }
    expect(seen.size).toBeLessThan(6)
  })

  test.each([1, 2, 3])('of what is taken is kept until it is given back, seed %i', async seed => {
    const below = random(seed)
    const all = Buffer.from(Uint32Array.from({ length: 400_000 }, () => below(2 ** 31)).buffer)
    const kept: { at: number; taken: Uint8Array }[] = []
    let at = 0
    const take = async () => {
      const taken = (await body.take()) ?? bytes('')
      kept.push({ at, taken })
      at += taken.length
      const [done] = below(2) === 0 ? kept.splice(below(kept.length), 1) : []
      if (done === undefined) return
      expect(all.subarray(done.at, done.at + done.taken.length).equals(done.taken)).toBe(true)
      body.giveBack(done.taken.subarray(below(done.taken.length)))
    }
    await pushAll(all, below, async () => {
      if (below(3) === 0) await take()
    })
    while (at < all.length) await take()
    for (const { at, taken } of kept) expect(all.subarray(at, at + taken.length).equals(taken)).toBe(true)
  })

  test('that was never a slab is left alone', async () => {
    const chunk = Buffer.alloc(128 * 1024, 'a')
    body.push(chunk)
    await body.read()
    body.push(bytes('b'))
    body.push(kib(60))
    body.push(kib(60))
    await body.read()
    expect(chunk.equals(Buffer.alloc(128 * 1024, 'a'))).toBe(true)
  })
})

describe('back-pressure', () => {
  test('pauses once at 256 KiB, and resumes once below half', async () => {
    for (let index = 0; index < 6; index++) body.push(kib(64))
    expect(asked).toEqual(['pause'])
    const chunks = body[Symbol.asyncIterator]()
    const left = []
    for (let index = 0; index < 6; index++) {
      await chunks.next()
      left.push([320 - index * 64, asked.length])
    }
    expect(left).toEqual([
      [320, 1],
      [256, 1],
      [192, 1],
      [128, 1],
      [64, 2],
      [0, 2],
    ])
    expect(asked).toEqual(['pause', 'resume'])
  })

  test('pauses again', async () => {
    const chunks = body[Symbol.asyncIterator]()
    for (let round = 0; round < 3; round++) {
      body.push(kib(256))
      await chunks.next()
    }
    expect(asked).toEqual(['pause', 'resume', 'pause', 'resume', 'pause', 'resume'])
  })

  test('does not pause below', () => {
    body.push(kib(255))
    expect(asked).toEqual([])
  })
})

describe('leaving early closes the connection', () => {
  test('by break', async () => {
    body.push(bytes('a'))
    for await (const _ of body) break
    expect(asked).toEqual(['cancel'])
  })

  test('while a chunk is waited for', async () => {
    const chunks = body[Symbol.asyncIterator]()
    const next = chunks.next()
    expect(await chunks.return?.()).toEqual({ done: true, value: undefined })
    expect(asked).toEqual(['cancel'])
    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('by cancel, which ends a reader that waits', async () => {
    const read = collect(body)
    await setImmediate()
    body.cancel()
    expect(await read).toEqual({ items: [], error: undefined })
    expect(asked).toEqual(['cancel'])
  })

  test('by cancel, which drops what has not been read', async () => {
    body.push(bytes('a'))
    body.cancel()
    body.cancel()
    expect(await collect(body)).toEqual({ items: [], error: undefined })
    expect(asked).toEqual(['cancel'])
  })

  test('but not when the answer is over', async () => {
    body.push(bytes('a'))
    body.end()
    for await (const _ of body) break
    body.cancel()
    expect(asked).toEqual([])
  })
})

describe('whole', () => {
  test('all of it', async () => {
    for (const text of ['a', 'bc']) body.push(bytes(text))
    body.end()
    expect(await body.whole(3)).toEqual({ bytes: Buffer.from('abc'), truncated: false })
  })

  test('no more than the limit, and not the rest of the connection', async () => {
    for (const text of ['ab', 'cd', 'ef']) body.push(bytes(text))
    expect(await body.whole(3)).toEqual({ bytes: Buffer.from('abc'), truncated: true })
    expect(asked).toEqual(['cancel'])
  })

  test('a body that broke off', async () => {
    const error = new Error('broke off')
    body.push(bytes('a'))
    body.end(error)
    expect(await rejection(body.whole(3))).toBe(error)
  })
})
