import { expect, test } from 'vitest'
import { OutputStream } from '../../../src/engine/streams/output-stream.ts'
import { collect, rejection } from '../../support/errors.ts'

function header(type: number, length: number): Buffer {
  const bytes = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
  bytes.writeUInt32BE(length, 4)
  return bytes
}

/** Gives chunks as a socket does that reads all of them into the same memory. */
function reusing(chunks: readonly Uint8Array[]) {
  const memory = Buffer.alloc(64)
  const left = [...chunks]
  return {
    async read() {
      const chunk = left.shift()
      if (chunk === undefined) return undefined
      memory.fill(0)
      memory.set(chunk)
      return memory.subarray(0, chunk.length)
    },
  }
}

function opened(chunks: readonly Uint8Array[], tty = false) {
  const closed = { times: 0 }
  const stream = new OutputStream(reusing(chunks), { tty, close: () => closed.times++ })
  return { stream, closed }
}

test("a terminal's bytes are not taken for frames", async () => {
  const bytes = Buffer.concat([header(1, 3), Buffer.from('abcdef')])
  const { items, error } = await collect(opened([bytes], true).stream)
  expect(error).toBeUndefined()
  expect(items).toEqual([{ stream: 'stdout', bytes }])
})

test('an end inside a frame is a loss, after what came', async () => {
  const { items, error } = await collect(opened([header(1, 5), Buffer.from('abc')]).stream)
  expect(items).toEqual([{ stream: 'stdout', bytes: Buffer.from('abc') }])
  expect(error).toMatchObject({ code: 'connection-lost', kind: 'engine-unreachable' })
})

test('bytes that are not framed are an error after what came before them, and nothing after them is read', async () => {
  const good = Buffer.concat([header(1, 4), Buffer.from('good'), Buffer.from('no frame')])
  const { stream } = opened([good, Buffer.concat([header(1, 3), Buffer.from('bad')])])
  expect((await stream.read())?.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['good'])
  expect(await rejection(stream.read())).toMatchObject({ code: 'bad-answer' })
})

test('all that a read brought comes at once, and headers alone are no piece', async () => {
  const both = Buffer.concat([header(1, 1), Buffer.from('a'), header(2, 1), Buffer.from('b'), header(1, 1)])
  const { stream } = opened([header(1, 0), both, Buffer.from('c')])
  const texts = (pieces: Awaited<ReturnType<OutputStream['read']>>) =>
    pieces?.map(({ stream, bytes }) => `${stream}: ${Buffer.from(bytes)}`)
  expect(texts(await stream.read())).toEqual(['stdout: a', 'stderr: b'])
  expect(texts(await stream.read())).toEqual(['stdout: c'])
  expect(await stream.read()).toBeUndefined()
})

test('chunks of an iteration may be kept; leaving it closes the stream', async () => {
  const { stream, closed } = opened([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')], true)
  const kept: Uint8Array[] = []
  for await (const { bytes } of stream) {
    kept.push(bytes)
    if (kept.length === 2) break
  }
  expect(Buffer.concat(kept).toString()).toBe('onetwo')
  expect(closed.times).toBe(1)
})

test('a second iteration after one that left inside a frame gives the end, without an error', async () => {
  const { stream } = opened([header(1, 5), Buffer.from('ab'), Buffer.from('cde')])
  for await (const _ of stream) break
  expect(await collect(stream)).toEqual({ items: [], error: undefined })
})

test('close() and the end of a scope close the stream; output that is not framed closes by itself', async () => {
  const { stream, closed } = opened([Buffer.from('a'), Buffer.from('b')], true)
  await stream.read()
  stream.close()
  expect([await stream.read(), closed.times]).toEqual([undefined, 1])
  const other = opened([Buffer.from('no frame')])
  await rejection(other.stream.read())
  expect(other.closed.times).toBe(1)
})

test("the Engine's own messages are bounded, and the output between them is not", async () => {
  const message = Buffer.concat([header(3, 32), Buffer.alloc(32, 'E')])
  const output = Buffer.concat([header(1, 8), Buffer.alloc(8, 'o')])
  const { stream } = opened(Array.from({ length: 5_000 }, (_, n) => (n % 2 === 0 ? message : output)))
  const { items } = await collect(stream)
  const bytes = (name: string) =>
    items.filter(({ stream }) => stream === name).reduce((sum, { bytes }) => sum + bytes.length, 0)
  expect(bytes('systemerr')).toBe(64 * 1024)
  expect(bytes('stdout')).toBe(2_500 * 8)
})
