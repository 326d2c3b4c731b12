import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bytesOf, tapped } from '../../../src/engine/http/hijack.ts'
import { rejection } from '../../support/errors.ts'
import { random } from '../../support/random.ts'

/** Both ends of a connection, ours tapped. */
async function connected(): Promise<{ ours: Socket; theirs: Socket }> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-bytes-'))
  const server = createServer({ allowHalfOpen: true })
  const path = join(directory, 'socket')
  await once(server.listen(path), 'listening')
  const { onread, attach } = tapped()
  const ours = connect({ path, onread })
  attach(ours)
  ours.on('error', () => undefined)
  const [theirs] = await once(server, 'connection')
  onTestFinished(async () => {
    ours.destroy()
    theirs.destroy()
    server.close()
    await rm(directory, { recursive: true })
  })
  return { ours, theirs }
}

function seeded(size: number): Buffer {
  const below = random(size)
  return Buffer.from(Uint32Array.from({ length: size / 4 }, () => below(2 ** 31)).buffer)
}

test.each([0, 3])(
  'all bytes arrive, and those of a read stay until the next, with %i turns between',
  async turns => {
    const { ours, theirs } = await connected()
    const sent = seeded(4 * 1024 * 1024)
    theirs.end(sent)
    const bytes = bytesOf(ours)
    let at = 0
    for (let read = await bytes.read(); read !== undefined; read = await bytes.read()) {
      for (let turn = 0; turn < turns; turn++) await setImmediate()
      expect(sent.subarray(at, at + read.length).equals(read)).toBe(true)
      at += read.length
    }
    expect(at).toBe(sent.length)
  },
)

/** A connection that has just brought 48 KiB in a millisecond, and rests. */
async function resting() {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { ours, theirs } = await connected()
  const bytes = bytesOf(ours)
  vi.advanceTimersByTime(1)
  theirs.write(Buffer.alloc(48 * 1024))
  expect(await bytes.read()).toHaveLength(48 * 1024)
  return { ours, theirs, bytes }
}

test('what comes fast is left to gather for a millisecond', async () => {
  const { theirs, bytes } = await resting()
  let arrived = false
  const next = bytes.read().then(read => {
    arrived = true
    return read
  })
  theirs.write('more')
  theirs.write(', and more')
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  expect(arrived).toBe(false)
  vi.advanceTimersByTime(1)
  expect(String(await next)).toBe('more, and more')
})

test('a connection that is closed meanwhile leaves no timer', async () => {
  const { ours } = await resting()
  expect(vi.getTimerCount()).toBe(1)
  ours.destroy()
  await once(ours, 'close')
  expect(vi.getTimerCount()).toBe(0)
})

test('what an earlier protocol read too much of comes first', async () => {
  const { ours, theirs } = await connected()
  theirs.write('HTTP, then more')
  await once(ours, 'readable')
  expect(ours.read()?.toString()).toBe('HTTP, then more')
  ours.unshift(Buffer.from('then more'))
  const bytes = bytesOf(ours)
  theirs.write(' and more')
  let text = ''
  while (text.length < 18) text += await bytes.read()
  expect(text).toBe('then more and more')
})

test('a reader of the stream that pauses, and puts bytes back, gets all of them in order', async () => {
  const { ours, theirs } = await connected()
  const sent = seeded(4 * 1024 * 1024)
  const below = random(7)
  const parts: Buffer[] = []
  let paused = false
  const read = () => {
    for (let bytes = paused ? null : ours.read(); bytes !== null; bytes = paused ? null : ours.read()) {
      const kept = below(4) === 0 ? below(bytes.length) : bytes.length
      // Bytes of a large read are good until the next one.
      parts.push(Buffer.from(bytes.subarray(0, kept)))
      if (kept === bytes.length) continue
      paused = true
      ours.unshift(bytes.subarray(kept))
      globalThis.setImmediate(() => {
        paused = false
        read()
      })
    }
  }
  ours.on('readable', read)
  theirs.end(sent)
  await once(ours, 'end')
  expect(Buffer.concat(parts).equals(sent)).toBe(true)
})

test('nobody who does not read makes more be read than a little', async () => {
  const { ours, theirs } = await connected()
  const bytes = bytesOf(ours)
  let drained = 0
  theirs.on('drain', () => drained++)
  theirs.write(Buffer.alloc(8 * 1024 * 1024))
  for (let turn = 0; turn < 200; turn++) await setImmediate()
  expect(theirs.writableLength).toBeGreaterThan(7 * 1024 * 1024)
  for (let left = 8 * 1024 * 1024; left > 0; ) left -= (await bytes.read())?.length ?? left
  await expect.poll(() => drained).toBe(1)
})

test('a reader who waits meets the end, and again', async () => {
  const { ours, theirs } = await connected()
  const bytes = bytesOf(ours)
  const read = bytes.read()
  theirs.end()
  expect(await read).toBeUndefined()
  expect(await bytes.read()).toBeUndefined()
})

test('what has come is read before the end, and before an error', async () => {
  const { ours, theirs } = await connected()
  const bytes = bytesOf(ours)
  theirs.write('last words')
  await expect.poll(() => ours.bytesRead).toBe(10)
  const error = new Error('broke')
  const closed = new Promise(resolve => ours.on('close', resolve))
  ours.destroy(error)
  await closed
  expect(String(await bytes.read())).toBe('last words')
  expect(await rejection(bytes.read())).toBe(error)
})

test('a connection that is closed at this end is an error to whoever waits', async () => {
  const { ours } = await connected()
  const read = rejection(bytesOf(ours).read())
  ours.destroy()
  expect(await read).toMatchObject({ message: 'the connection was closed' })
})

test('what is no socket of ours is read as a stream', async () => {
  const stream = new PassThrough()
  stream.write('a')
  const bytes = bytesOf(stream)
  expect(String(await bytes.read())).toBe('a')
  stream.end()
  expect(await bytes.read()).toBeUndefined()
})

test('a connection that broke before it is read is an error, no end', async () => {
  const { ours } = await connected()
  const error = new Error('broke')
  const closed = new Promise(resolve => ours.on('close', resolve))
  ours.destroy(error)
  await closed
  expect(await rejection(bytesOf(ours).read())).toBe(error)
})
