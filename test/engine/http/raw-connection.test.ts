import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { RawSocket, RawStream, sharedBuffer } from '../../../src/engine/http/raw-connection.ts'
import { rejection } from '../../support/errors.ts'
import { random } from '../../support/random.ts'

/** Both ends of a connection, ours raw. */
async function connected(early = '') {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-raw-'))
  const server = createServer({ allowHalfOpen: true })
  const path = join(directory, 'socket')
  await once(server.listen(path), 'listening')
  let raw: RawSocket | undefined
  const socket = connect({
    path,
    onread: {
      buffer: () => raw?.buffer ?? sharedBuffer,
      callback: (length, buffer) => raw?.received(buffer.subarray(0, length)) ?? false,
    },
  })
  raw = new RawSocket(socket, Buffer.from(early), error => error)
  const [theirs] = await once(server, 'connection')
  onTestFinished(async () => {
    socket.destroy()
    theirs.destroy()
    server.close()
    await rm(directory, { recursive: true })
  })
  return { raw, socket, theirs }
}

function seeded(size: number): Buffer {
  const below = random(size)
  return Buffer.from(Uint32Array.from({ length: size / 4 }, () => below(2 ** 31)).buffer)
}

test.each([0, 3])(
  'all bytes arrive, and those of a read stay until the next, with %i turns between',
  async turns => {
    const { raw, theirs } = await connected()
    const sent = seeded(4 * 1024 * 1024)
    theirs.end(sent)
    let at = 0
    for (let read = await raw.read(); read !== undefined; read = await raw.read()) {
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
  const { raw, socket, theirs } = await connected()
  vi.advanceTimersByTime(1)
  const reading = raw.read()
  theirs.write(Buffer.alloc(48 * 1024))
  expect(await reading).toHaveLength(48 * 1024)
  return { raw, socket, theirs }
}

test('what comes fast is left to gather for a millisecond', async () => {
  const { theirs, raw } = await resting()
  let arrived = false
  const next = raw.read().then(read => {
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
  const { raw, socket } = await resting()
  expect(vi.getTimerCount()).toBe(1)
  raw.close()
  await once(socket, 'close')
  expect(vi.getTimerCount()).toBe(0)
})

test('bytes that came with the response head are read first', async () => {
  const { raw, theirs } = await connected('early')
  theirs.write(' and more')
  let text = ''
  while (text.length < 14) text += await raw.read()
  expect(text).toBe('early and more')
})

test('a reader that does not read makes the other side wait', async () => {
  const { raw, theirs } = await connected()
  let drained = 0
  theirs.on('drain', () => drained++)
  theirs.write(Buffer.alloc(8 * 1024 * 1024))
  for (let turn = 0; turn < 200; turn++) await setImmediate()
  expect(theirs.writableLength).toBeGreaterThan(7 * 1024 * 1024)
  for (let left = 8 * 1024 * 1024; left > 0; ) left -= (await raw.read())?.length ?? left
  await expect.poll(() => drained).toBe(1)
})

test('a waiting reader gets the end, and gets it again', async () => {
  const { raw, theirs } = await connected()
  const read = raw.read()
  theirs.end()
  expect(await read).toBeUndefined()
  expect(await raw.read()).toBeUndefined()
})

test('bytes that have arrived are read before an error', async () => {
  const { raw, socket, theirs } = await connected()
  theirs.write('last words')
  await expect.poll(() => socket.bytesRead).toBe(10)
  const error = new Error('broke')
  const closed = once(socket, 'close').catch(() => undefined)
  socket.destroy(error)
  await closed
  expect(String(await raw.read())).toBe('last words')
  expect(await rejection(raw.read())).toBe(error)
})

test('a socket that is destroyed without a reason is an error for the reader', async () => {
  const { raw, socket } = await connected()
  const read = rejection(raw.read())
  socket.destroy()
  expect(await read).toMatchObject({ message: 'the connection was closed' })
})

function streaming() {
  const stream = new PassThrough()
  return { stream, raw: new RawStream(stream, error => new Error('translated', { cause: error })) }
}

describe('a stream that undici has handed over', () => {
  test('is read to its end', async () => {
    const { stream, raw } = streaming()
    stream.write('a')
    expect(String(await raw.read())).toBe('a')
    stream.end()
    expect(await raw.read()).toBeUndefined()
  })

  test('broke before it is read: the reader gets the error', async () => {
    const { stream, raw } = streaming()
    const broke = new Error('broke')
    stream.destroy(broke)
    await setImmediate()
    expect(await rejection(raw.read())).toMatchObject({ message: 'translated', cause: broke })
  })
})

describe.each([
  ['a socket', async () => (await connected()).raw],
  ['a stream', async () => streaming().raw],
])('%s', (_, open) => {
  test('that fails gives its reader the reason as it is', async () => {
    const raw = await open()
    const read = rejection(raw.read())
    raw.fail(0)
    expect(await read).toBe(0)
    expect(await rejection(raw.read())).toBe(0)
  })

  test('that is closed ends for its reader', async () => {
    const raw = await open()
    const read = raw.read()
    raw.close()
    expect(await read).toBeUndefined()
    expect(await raw.read()).toBeUndefined()
  })

  test('that is closed takes no more input', async () => {
    const raw = await open()
    raw.close()
    expect(await rejection(raw.write(Buffer.from('x')))).toBeInstanceOf(Error)
  })
})
