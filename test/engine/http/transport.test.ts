import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  type Cuts,
  chunk,
  chunkedHead,
  end,
  hold,
  json,
  reset,
  type Step,
  text,
} from '../../support/byte-server.ts'
import { engineAt, scripted } from '../../support/engines.ts'
import { bytesOf, collect, engineError, rejection } from '../../support/errors.ts'

const known = { DOCKER_API_VERSION: '1.41' }
const get = { method: 'GET', path: '/x' } as const

/** An Engine whose every answer is that. */
async function answering(steps: readonly Step[], cuts: Cuts = 'whole', kind: 'unix' | 'tcp' = 'unix') {
  const { server } = await scripted([{ on: '', steps, cuts }], kind)
  return { server, engine: engineAt(server.address, known) }
}

describe('an answer cut anywhere', () => {
  const payload = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 256))
  const pieces = [0, 1, 255, 256, 2000].map((from, index, all) => payload.subarray(from, all[index + 1]))
  const steps = [chunkedHead(), ...pieces.map(chunk), chunk('')]

  test.each<Cuts>(['whole', 'bytes', 1, 2, 3, 4, 5])('%s', async cuts => {
    const { engine } = await answering(steps, cuts)
    const { body } = await engine.request(get)
    expect((await bytesOf(body)).equals(payload)).toBe(true)
  })

  test('with words of HTTP before it', async () => {
    const { engine } = await answering(
      ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n', json(200, { a: 1 })],
      'bytes',
    )
    const answer = await engine.request(get)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ a: 1 })
  })
})

describe.each(['unix', 'tcp'] as const)('an answer that breaks off, %s', kind => {
  test.each<[string, Step[]]>([
    ['in its headers', ['HTTP/1.1 200 OK\r\nContent-']],
    ['before its headers', []],
  ])('%s', async (_, steps) => {
    for (const last of [end, reset]) {
      const { engine } = await answering([...steps, last], 'whole', kind)
      expect(await engineError(engine.containers.start('c'))).toMatchObject({
        code: 'connection-lost',
        kind: 'engine-unreachable',
        request: 'POST /v1.41/containers/c/start',
      })
    }
  })

  test.each<[string, string]>([
    ['in a chunk', `${chunkedHead()}10\r\nabc`],
    ['between chunks', `${chunkedHead()}3\r\nabc\r\n`],
    ['before the last chunk is over', `${chunkedHead()}3\r\nabc\r\n0\r\n`],
    ['in a chunk, of a connection to be closed', `${chunkedHead(200, { Connection: 'close' })}10\r\nabc`],
    [
      'between chunks, of a connection to be closed',
      `${chunkedHead(200, { Connection: 'close' })}3\r\nabc\r\n`,
    ],
    ['in its length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    [
      'in its length, of a connection to be closed',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nabc',
    ],
    ['in its length, of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['by chunks that are none', `${chunkedHead()}3\r\nabc\r\nxyz`],
  ])('%s', async (_, bytes) => {
    const { engine } = await answering([bytes, end], 'whole', kind)
    const { items, error } = await collect((await engine.request(get)).body)
    expect(Buffer.concat(items).toString()).toBe('abc')
    expect(error).toMatchObject({ code: 'connection-lost', request: 'GET /v1.41/x' })
  })

  test('in an error: what came of the words is dropped, the status is kept', async () => {
    const { engine } = await answering(
      ['HTTP/1.1 500 X\r\nContent-Length: 10\r\n\r\nabc', end],
      'whole',
      kind,
    )
    expect(await engineError(engine.request(get))).toMatchObject({ code: 'status', status: 500 })
  })

  test('in JSON', async () => {
    const { engine } = await answering(
      ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a"', end],
      'whole',
      kind,
    )
    expect(await engineError((await engine.request(get)).json())).toMatchObject({ code: 'connection-lost' })
  })
})

test('an answer without a length lasts until the connection ends', async () => {
  const { engine } = await answering(['HTTP/1.1 200 OK\r\n\r\nabc', end])
  expect((await bytesOf((await engine.request(get)).body)).toString()).toBe('abc')
})

test.each([
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\x15\x03\x01\x00\x02\x02\x46',
  '{"message":"no"}\n',
  'HTTP/2 200\r\n\r\n',
])('what does not speak HTTP: %j', async bytes => {
  const { engine } = await answering([bytes, end])
  const error = await engineError(engine.containers.start('c'))
  expect(error).toMatchObject({
    code: 'not-http',
    kind: 'engine-unreachable',
    hint: expect.stringContaining('TLS'),
  })
})

test('headers without an end', async () => {
  const { engine } = await answering([`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}\r\n`, hold])
  expect(await engineError(engine.containers.start('c'))).toMatchObject({ code: 'bad-answer' })
})

test('an Engine that takes the request and never answers', async () => {
  const { engine } = await answering([hold])
  const error = await engineError(engine.request({ ...get, headersTimeout: 50 }))
  expect(error).toMatchObject({ code: 'no-answer', kind: 'engine-unreachable' })
})

test('an Engine that takes an upload and never answers', async () => {
  const { engine } = await answering([hold])
  const upload = {
    method: 'POST',
    path: '/x',
    body: Readable.from([Buffer.from('a')]),
    headersTimeout: 50,
  } as const
  expect(await engineError(engine.request(upload))).toMatchObject({ code: 'no-answer' })
})

test('a connection whose answer never came is not used again', async () => {
  const { server, engine } = await answering([hold])
  await engineError(engine.request({ ...get, headersTimeout: 20 }))
  await engineError(engine.request({ ...get, headersTimeout: 20 }))
  expect(server.accepted).toBe(2)
})

describe('abort', () => {
  const reason = new Error('enough')

  test('before the request: nothing is sent', async () => {
    const { server, engine } = await answering([hold])
    expect(await rejection(engine.request({ ...get, signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(server.accepted).toBe(0)
  })

  test('right after it', async () => {
    const { server, engine } = await answering([hold])
    const controller = new AbortController()
    const asked = rejection(engine.request({ ...get, signal: controller.signal }))
    controller.abort(reason)
    expect(await asked).toBe(reason)
    expect(server.requests).toEqual([])
  })

  test('while the connection is being opened: nothing is sent', async () => {
    // Here a handshake of TLS waits for its answer.
    const { server } = await scripted([], 'tcp')
    const engine = engineAt(server.address.replace('tcp', 'https'), { ...known, DOCKER_TLS_VERIFY: '' })
    const controller = new AbortController()
    const asked = rejection(engine.containers.start('c', { signal: controller.signal }))
    await server.until('it is connected', () => server.accepted === 1)
    controller.abort(reason)
    expect(await asked).toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    await engine.close()
    await server.vacant()
  })

  test('before the headers: the connection is closed', async () => {
    const { server, engine } = await answering([hold])
    const controller = new AbortController()
    const { signal } = controller
    const asked = rejection(engine.request({ ...get, signal }))
    await server.until('it is asked', () => server.requests.length === 1)
    controller.abort(reason)
    expect(await asked).toBe(reason)
    await server.vacant()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('amid the body: the reader gets what came, and then the reason', async () => {
    const { server, engine } = await answering([chunkedHead(), chunk('abc'), hold])
    const controller = new AbortController()
    const { signal } = controller
    const { body } = await engine.request({ ...get, signal })
    const read = collect(body)
    controller.abort(reason)
    const { items, error } = await read
    expect(Buffer.concat(items).toString()).toMatch(/^(abc)?$/)
    expect(error).toBe(reason)
    await server.vacant()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('with a reason that is no error, it comes out unchanged', async () => {
    const { engine } = await answering([chunkedHead(), hold])
    const controller = new AbortController()
    const { body } = await engine.request({ ...get, signal: controller.signal })
    controller.abort(0)
    expect((await collect(body)).error).toBe(0)
  })

  test('after the end: nothing happens', async () => {
    const { engine } = await answering([json(200, { a: 1 })])
    const controller = new AbortController()
    const answer = await engine.request({ ...get, signal: controller.signal })
    expect(await answer.json()).toEqual({ a: 1 })
    controller.abort(reason)
    expect(await (await engine.request(get)).json()).toEqual({ a: 1 })
  })

  test('amid an error', async () => {
    const { server, engine } = await answering(['HTTP/1.1 500 X\r\n\r\nabc', hold])
    const controller = new AbortController()
    const asked = rejection(engine.request({ ...get, signal: controller.signal }))
    await server.until('it is asked', () => server.requests.length === 1)
    controller.abort(reason)
    const error = await asked
    expect(error === reason || (error as { status: number }).status === 500).toBe(true)
    await server.vacant()
  })
})

describe('a response that is not read', () => {
  test('is cancelled: the connection closes', async () => {
    const { server, engine } = await answering([chunkedHead(), chunk('abc'), hold])
    const answer = await engine.request(get)
    answer.cancel()
    await server.vacant()
    expect(await collect(answer.body)).toEqual({ items: [], error: undefined })
  })

  test('is left early, while more is waited for: the connection closes', async () => {
    const { server, engine } = await answering([chunkedHead(), chunk('abc'), hold])
    for await (const _ of (await engine.request(get)).body) break
    await server.vacant()
  })

  test('stops the Engine when much of it is there', async () => {
    let written = 0
    const flood: Step[] = Array.from({ length: 400 }, () => [
      chunk(Buffer.alloc(64 * 1024)),
      () => written++,
    ]).flat()
    const { server, engine } = await answering([chunkedHead(), ...flood, chunk('')])
    const answer = await engine.request(get)
    let before = -1
    await server.until('nothing moves', () => {
      const still = before === written && written > 0
      before = written
      return still
    })
    expect(written).toBeLessThan(100)
    expect((await bytesOf(answer.body)).length).toBe(400 * 64 * 1024)
    expect(written).toBe(400)
  })
})

describe('a body that is sent', () => {
  const put = { method: 'PUT', path: '/x' } as const

  test('goes out as it comes', async () => {
    const { server, engine } = await answering([text(200, '')])
    async function* body() {
      yield Buffer.from('ab')
      await setImmediate()
      yield Buffer.from('c')
    }
    await engine.request({ ...put, body: body() })
    expect(server.requests.map(request => request.body)).toEqual(['2\r\nab\r\n1\r\nc\r\n0\r\n\r\n'])
  })

  test('bytes go out with their length', async () => {
    const { server, engine } = await answering([text(200, '')])
    await engine.request({ ...put, body: Buffer.from('abc') })
    expect(server.requests).toMatchObject([{ body: 'abc', headers: { 'content-length': '3' } }])
  })

  test('and fails: its own error comes out, and the Engine sees no end', async () => {
    const { server, engine } = await answering([text(200, '')])
    const failure = new Error('disk')
    async function* body() {
      yield Buffer.from('abc')
      throw failure
    }
    expect(await rejection(engine.request({ ...put, body: body() }))).toBe(failure)
    await server.vacant()
    expect(server.requests).toEqual([expect.objectContaining({ body: '' })])
  })

  test('and fails at once', async () => {
    const { engine } = await answering([text(200, '')])
    async function* body(): AsyncGenerator<Uint8Array> {
      yield* []
      throw 'no error at all'
    }
    expect(await rejection(engine.request({ ...put, body: body() }))).toBe('no error at all')
  })

  test('is closed when the request is aborted', async () => {
    const { server, engine } = await answering([text(200, '')])
    const controller = new AbortController()
    const closed = Promise.withResolvers<string>()
    async function* body() {
      try {
        for (;;) {
          yield Buffer.alloc(1000)
          await setImmediate()
        }
      } finally {
        closed.resolve('closed')
      }
    }
    const asked = rejection(engine.request({ ...put, body: body(), signal: controller.signal }))
    await server.until('it is connected', () => server.accepted === 1)
    controller.abort('enough')
    expect(await asked).toBe('enough')
    expect(await closed.promise).toBe('closed')
    await server.vacant()
  })

  test('is not read when there is no Engine', async () => {
    const engine = engineAt('unix:///no/such.sock', known)
    let read = false
    async function* body() {
      read = true
      yield Buffer.from('abc')
    }
    expect(await engineError(engine.request({ ...put, body: body() }))).toMatchObject({ code: 'no-socket' })
    expect(read).toBe(false)
  })
})
