import { describe, expect, test } from 'vitest'
import type { OutputChunk } from '../../../src/engine/streams/frames.ts'
import { clientEnd, end, hold, reset, type Step } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'
import { collect, engineError, rejection } from '../../support/errors.ts'

const raw =
  'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
const plain = 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n'

function frame(type: number, payload: string): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(Buffer.byteLength(payload), 4)
  return Buffer.concat([header, Buffer.from(payload)])
}

const attaching = (steps: readonly Step[], cuts: 'whole' | 'bytes' | number = 'whole') =>
  scripted([{ on: /attach/, steps, cuts }])

async function shown(output: AsyncIterable<OutputChunk>): Promise<{ text: string; error: unknown }> {
  const { items, error } = await collect(output)
  return { text: items.map(({ stream, bytes }) => `${stream}=${Buffer.from(bytes)}`).join(' '), error }
}

test('asks for a raw connection', async () => {
  const { server, engine } = await attaching([raw, end])
  await shown((await engine.containers.attach('c', { tty: false, stdin: true, logs: true })).output)
  const request = server.requests.at(-1)
  expect(request?.path).toBe(
    '/v1.41/containers/c/attach?stream=true&stdout=true&stderr=true&stdin=true&logs=true',
  )
  expect(request?.headers).toMatchObject({ connection: 'upgrade', upgrade: 'tcp' })
})

describe.each([
  ['101', raw],
  ['200', plain],
])('output by %s', (_, head) => {
  test('in the packet of the headers', async () => {
    const { engine } = await attaching([
      Buffer.concat([Buffer.from(head), frame(1, 'out'), frame(2, 'err')]),
      end,
    ])
    const { output } = await engine.containers.attach('c', { tty: false })
    expect(await shown(output)).toEqual({ text: 'stdout=out stderr=err', error: undefined })
  })

  test.each(['bytes', 1, 2, 3] as const)('cut: %s', async cuts => {
    const { engine } = await attaching(
      [head, frame(1, 'out'), frame(2, 'err'), frame(1, ''), frame(3, 'sys'), end],
      cuts,
    )
    const { items, error } = await collect((await engine.containers.attach('c', { tty: false })).output)
    expect(error).toBeUndefined()
    const texts = Object.groupBy(items, ({ stream }) => stream)
    const joined = Object.entries(texts).map(([stream, chunks]) => [
      stream,
      Buffer.concat(chunks.map(({ bytes }) => bytes)).toString(),
    ])
    expect(joined).toEqual([
      ['stdout', 'out'],
      ['stderr', 'err'],
      ['systemerr', 'sys'],
    ])
  })

  test('of a terminal, which may look like frames', async () => {
    const bytes = Buffer.concat([frame(1, 'abc'), Buffer.from([1, 0, 0])])
    const { engine } = await attaching([head, bytes, end])
    const { items, error } = await collect((await engine.containers.attach('c', { tty: true })).output)
    expect(error).toBeUndefined()
    expect(Buffer.concat(items.map(item => item.bytes)).equals(bytes)).toBe(true)
    expect(new Set(items.map(({ stream }) => stream))).toEqual(new Set(['stdout']))
  })

  test('broken off inside a frame', async () => {
    const { engine } = await attaching([head, frame(1, 'whole'), frame(2, 'broken').subarray(0, 11), end])
    const { text, error } = await shown((await engine.containers.attach('c', { tty: false })).output)
    expect(text).toBe('stdout=whole stderr=bro')
    expect(error).toMatchObject({ code: 'connection-lost' })
  })

  test('by close: the connection ends, and the reader meets no error', async () => {
    const { server, engine } = await attaching([head, frame(1, 'a'), hold])
    const attached = await engine.containers.attach('c', { tty: false })
    const output = attached.output[Symbol.asyncIterator]()
    expect((await output.next()).value).toMatchObject({ stream: 'stdout' })
    const next = output.next()
    attached.close()
    expect(await next).toEqual({ done: true, value: undefined })
    await server.vacant()
  })

  test('left early: the connection ends', async () => {
    const { server, engine } = await attaching([head, frame(1, 'a'), hold])
    for await (const _ of (await engine.containers.attach('c', { tty: false })).output) break
    await server.vacant()
  })

  test('by the signal: the connection ends, and its reason comes out unchanged', async () => {
    const { server, engine } = await attaching([head, frame(1, 'a'), hold])
    const controller = new AbortController()
    const { output } = await engine.containers.attach('c', { tty: false, signal: controller.signal })
    const next = output[Symbol.asyncIterator]()
    await next.next()
    const waiting = rejection(next.next())
    controller.abort('enough')
    expect(await waiting).toBe('enough')
    await server.vacant()
  })
})

describe('a raw connection', () => {
  test('of 101, and then a reset', async () => {
    const { engine } = await scripted(
      [{ on: /attach/, steps: [raw, frame(1, 'a'), { client: 'go' }, reset] }],
      'tcp',
    )
    const attached = await engine.containers.attach('c', { tty: false })
    await attached.write(Buffer.from('go'))
    const { text, error } = await shown(attached.output)
    expect(text).toMatch(/^(stdout=a)?$/)
    expect(error).toMatchObject({ code: 'connection-lost', kind: 'engine-unreachable' })
  })

  test('carries input both before and after output', async () => {
    const { server, engine } = await attaching([raw, { client: 'ping' }, 'pong', clientEnd, 'bye', end])
    const attached = await engine.containers.attach('c', { tty: true, stdin: true })
    await attached.write(Buffer.from('ping'))
    const output = attached.output[Symbol.asyncIterator]()
    expect(Buffer.from((await output.next()).value?.bytes ?? []).toString()).toBe('pong')
    await attached.write(Buffer.from('more'))
    attached.closeInput()
    // The half-close left the other half open.
    expect(Buffer.from((await output.next()).value?.bytes ?? []).toString()).toBe('bye')
    expect((await output.next()).done).toBe(true)
    expect(server.sent).toBe('more')
  })

  test('that takes no more input', async () => {
    const { server, engine } = await attaching([raw, reset])
    const attached = await engine.containers.attach('c', { tty: true, stdin: true })
    await server.vacant()
    expect(await rejection(attached.write(Buffer.from('x')))).toBeInstanceOf(Error)
  })

  test('writes wait for the Engine', async () => {
    const { server, engine } = await attaching([raw, { client: 'end' }, end])
    const attached = await engine.containers.attach('c', { tty: true, stdin: true })
    for (let index = 0; index < 64; index++) await attached.write(Buffer.alloc(64 * 1024, 'x'))
    await attached.write(Buffer.from('end'))
    await shown(attached.output)
    expect(server.sent.length).toBe(64 * 64 * 1024 + 3)
  })

  test('is not kept for the next request', async () => {
    const { server, engine } = await scripted([
      { on: /attach/, steps: [raw, end] },
      { on: /start/, steps: ['HTTP/1.1 204 No Content\r\n\r\n'] },
    ])
    await shown((await engine.containers.attach('c', { tty: true })).output)
    await engine.containers.start('c')
    expect(server.paths.at(-1)).toBe('POST /v1.41/containers/c/start')
  })
})

describe('a plain answer in place of a raw connection', () => {
  test('takes no input, and says so', async () => {
    const { engine } = await attaching([plain, end])
    const attached = await engine.containers.attach('c', { tty: false })
    expect(await rejection(attached.write(Buffer.from('x')))).toMatchObject({ code: 'bad-answer' })
    attached.closeInput()
    expect(await shown(attached.output)).toEqual({ text: '', error: undefined })
  })

  test('is refused where stdin is attached: the input could not be sent', async () => {
    const { engine } = await attaching([plain])
    const attached = engine.containers.attach('c', { tty: false, stdin: true })
    expect(await rejection(attached)).toMatchObject({
      code: 'bad-answer',
      message: expect.stringContaining('no raw connection'),
    })
  })
})

// The Engine writes these by hand, without a length.
test.each([
  [404, 'No such container: nope'],
  [409, 'Container c is paused. Unpause the container before attach.'],
])('a refusal in plain text: %i', async (status, words) => {
  const { engine } = await attaching([
    `HTTP/1.1 ${status} X\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n${words}\r\n`,
    end,
  ])
  expect(await engineError(engine.containers.attach('c', { tty: false }))).toMatchObject({
    code: 'status',
    status,
    engineMessage: words,
    request: 'POST /containers/c/attach',
  })
})
