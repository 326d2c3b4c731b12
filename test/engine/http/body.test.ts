import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Body } from '../../../src/engine/http/body.ts'
import { collect, rejection } from '../../support/errors.ts'

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

test('chunks are passed on as they are', async () => {
  const chunk = bytes('a')
  body.push(chunk)
  expect(await body.read()).toBe(chunk)
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

  test('a body that stalls closes the connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const error = new Error('stalled')
    const read = rejection(body.whole(100, { stall: 1000, stalled: () => error }))
    await vi.advanceTimersByTimeAsync(900)
    body.push(bytes('a'))
    await vi.advanceTimersByTimeAsync(900)
    expect(asked).toEqual([])
    await vi.advanceTimersByTimeAsync(100)
    expect(await read).toBe(error)
    expect(asked).toEqual(['cancel'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
