import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../../src/engine/address/address.ts'
import { hijack } from '../../../src/engine/http/hijack.ts'
import { chunk, chunkedHead, end, hold, reset, type Step } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'
import { collect, engineError, rejection } from '../../support/errors.ts'

const upgraded = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

/** A server of that script, and a request to it that asks for a raw connection. */
async function hijacking(steps: readonly Step[], kind: 'unix' | 'tcp' = 'unix') {
  const { server } = await scripted([{ on: /attach/, steps }], kind)
  const address = parseAddress(server.address)
  if (address.kind === 'ssh') throw new Error('no such server')
  const controller = new AbortController()
  const closing = new AbortController()
  const send = (headersTimeout = 0) => {
    const request = { method: 'POST', path: '/attach', headers: { a: 'b' }, headersTimeout }
    return hijack(address, { ...request, signal: controller.signal }, closing.signal)
  }
  return { server, send, controller, closing }
}

/** The words of a response's body, and what it broke off with. */
async function wordsOf({ body }: { body: AsyncIterable<Uint8Array> }) {
  const { items, error } = await collect(body)
  return { words: Buffer.concat(items).toString(), error }
}

describe.each(['unix', 'tcp'] as const)('%s', kind => {
  test('the request asks for the upgrade', async () => {
    const { server, send } = await hijacking([upgraded, end], kind)
    expect(await (await send()).raw?.read()).toBeUndefined()
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/attach',
        headers: { connection: 'upgrade', upgrade: 'tcp', 'content-length': '0', a: 'b' },
      },
    ])
    expect(server.requests[0]?.headers.host).toMatch(kind === 'unix' ? /^docker$/ : /^127\.0\.0\.1:\d+$/)
  })

  test.each<[string, string | Buffer]>([
    ['by a length', 'HTTP/1.1 409 Conflict\r\nContent-Length: 5\r\n\r\nwords'],
    ['up to the end', 'HTTP/1.1 409 Conflict\r\n\r\nwords'],
    ['in chunks', Buffer.concat([Buffer.from(chunkedHead(409)), chunk('wo'), chunk('rds'), chunk('')])],
  ])('a refusal keeps its words, %s', async (_, bytes) => {
    const { server, send } = await hijacking([bytes, end], kind)
    const response = await send()
    expect([response.status, response.raw]).toEqual([409, undefined])
    expect(await wordsOf(response)).toEqual({ words: 'words', error: undefined })
    await server.vacant()
  })

  test.each<[string, Step]>([
    ['in its head', 'HTTP/1.1 101 UP'],
    ['before its head', ''],
  ])('a response that breaks off %s', async (_, bytes) => {
    for (const last of [end, reset]) {
      const { send } = await hijacking([bytes, last], kind)
      expect(await engineError(send())).toMatchObject({ code: 'connection-lost', request: 'POST /attach' })
    }
  })

  test.each([
    ['in its length', 'HTTP/1.1 409 Conflict\r\nContent-Length: 9\r\n\r\nwords'],
    ['between chunks', `${chunkedHead(409)}5\r\nwords\r\n`],
    ['with broken chunks', `${chunkedHead(409)}5\r\nwords\r\nxyz\r\n`],
  ])('a body that breaks off %s', async (_, bytes) => {
    const { send } = await hijacking([bytes, end], kind)
    const { words, error } = await wordsOf(await send())
    expect(words).toBe('words')
    expect(error).toMatchObject({ code: 'connection-lost' })
  })
})

test('a body that is not read pauses the connection', async () => {
  let written = 0
  const flood: Step[] = Array.from({ length: 100 }, () => [Buffer.alloc(64 * 1024), () => written++]).flat()
  const { server, send } = await hijacking(['HTTP/1.1 200 OK\r\n\r\n', ...flood, end])
  const response = await send()
  let before = -1
  await server.until('nothing moves', () => {
    const still = before === written && written > 0
    before = written
    return still
  })
  expect(written).toBeLessThan(50)
  expect((await wordsOf(response)).words.length).toBe(100 * 64 * 1024)
})

test('a body that is cancelled closes the connection', async () => {
  const { server, send } = await hijacking(['HTTP/1.1 200 OK\r\n\r\nwords', hold])
  ;(await send()).body.cancel()
  await server.vacant()
})

test.each([
  ['what does not speak HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'not-http'],
  ['a head without an end', `HTTP/1.1 101 UPGRADED\r\nX: ${'y'.repeat(20_000)}`, 'bad-answer'],
])('%s', async (_, bytes, code) => {
  const { server, send } = await hijacking([bytes, hold])
  expect(await engineError(send())).toMatchObject({ code })
  await server.vacant()
})

test('a response that does not come in time', async () => {
  const { server, send } = await hijacking([hold])
  expect(await engineError(send(20))).toMatchObject({ code: 'no-answer' })
  await server.vacant()
})

test('the limit ends with the head: a silent stream stays open', async () => {
  const { send, controller } = await hijacking([upgraded, hold])
  const { raw } = await send(20)
  const read = rejection(raw?.read() ?? Promise.resolve())
  await new Promise(resolve => setTimeout(resolve, 60))
  controller.abort('enough')
  expect(await read).toBe('enough')
})

describe.each([
  ['the signal', 'controller'],
  ['the closing of the Engine', 'closing'],
] as const)('%s', (_, which) => {
  test('while the connection is being opened: nothing is sent', async () => {
    const { server, send, [which]: controller } = await hijacking([hold])
    const sent = rejection(send())
    controller.abort(0)
    expect(await sent).toBe(0)
    await server.vacant()
    expect(server.requests).toEqual([])
  })

  test('while the head is waited for', async () => {
    const { server, send, [which]: controller } = await hijacking([hold])
    const sent = rejection(send())
    await server.until('it is asked', () => server.requests.length === 1)
    controller.abort(0)
    expect(await sent).toBe(0)
    await server.vacant()
  })

  test('once the connection is raw: no listener stays behind', async () => {
    const { server, send, ...controllers } = await hijacking([upgraded, hold])
    const { raw } = await send()
    const read = rejection(raw?.read() ?? Promise.resolve())
    controllers[which].abort(0)
    expect(await read).toBe(0)
    await server.vacant()
    const listeners = [controllers.controller, controllers.closing].flatMap(({ signal }) =>
      getEventListeners(signal, 'abort'),
    )
    expect(listeners).toEqual([])
  })

  test('amid a plain body', async () => {
    const { send, [which]: controller } = await hijacking(['HTTP/1.1 200 OK\r\n\r\nabc', hold])
    const response = await send()
    controller.abort(0)
    expect(await wordsOf(response)).toEqual({ words: 'abc', error: 0 })
  })
})

test('there is no Engine', async () => {
  const address = parseAddress('unix:///no/such.sock')
  if (address.kind !== 'socket') throw new Error('no such server')
  const request = { method: 'POST', path: '/attach', headers: {}, headersTimeout: 0 }
  const { signal } = new AbortController()
  expect(await engineError(hijack(address, request, signal))).toMatchObject({ code: 'no-socket' })
})
