import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fromContent } from '../../../src/replay/file/content.ts'
import {
  type ExchangeRecording,
  formatRecording,
  parseRecording,
  type RecordedEvent,
  type Recording,
  RecordingError,
  type RecordOptions,
  record,
} from '../../../src/replay/index.ts'
import { Conversation } from '../../../src/replay/record/conversation.ts'
import { tap } from '../../../src/replay/record/tap.ts'
import {
  ByteServer,
  chunk,
  chunkedHead,
  clientEnd,
  end,
  hold,
  json,
  reset,
  type Script,
  text,
} from '../../support/byte-server.ts'
import { rejection } from '../../support/errors.ts'
import { registryAuth, spellings } from '../../support/secrets.ts'
import { Client, posting, request } from '../client.ts'

type Options = Partial<RecordOptions>

/** A recorder before an Engine that follows scripts; both end with the test. */
async function recorderOn(scripts: readonly Script[], options: Options = {}, kind: 'unix' | 'tcp' = 'unix') {
  const server = await ByteServer.start(scripts, kind)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const recorder = await record({ engine: server.address, ...options })
  onTestFinished(() => recorder[Symbol.asyncDispose]())
  return { server, recorder, client: () => Client.of(recorder.host) }
}

/** What is captured of what is said to such an Engine, before it is composed to a recording. */
async function tapOn(scripts: readonly Script[], kind: 'unix' | 'tcp' = 'unix') {
  const server = await ByteServer.start(scripts, kind)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { server, ...(await tapped(server.address)) }
}

async function tapped(engine: string) {
  const conversation = new Conversation()
  const { host, close } = await tap(engine, conversation)
  onTestFinished(close)
  const events = async () => {
    await close()
    return conversation.events()
  }
  return { tapped: { host, events }, client: () => Client.of(host) }
}

/** The events without their times. */
async function told({ events }: { events(): Promise<RecordedEvent[]> }): Promise<object[]> {
  return (await events()).map(({ at: _, ...event }) => event)
}

const upgradeHeaders = { Connection: 'Upgrade', Upgrade: 'tcp' }
const ok = (conn: number, headers: object, rest: object = {}) => ({
  conn,
  answer: 200,
  reason: 'X',
  headers,
  ...rest,
})

test.each(['/auth', '/v1.51/auth', '/V1.51/AUTH', '/auth?x=1'])(
  'a login to a registry is not passed on: %s',
  async path => {
    const { server, recorder, client } = await recorderOn([{ on: 'GET /x', steps: [text(200, 'fine')] }])
    const one = await client()
    await one.say(posting(`POST ${path}`, { username: 'alice', password: 'pl4nted-s3cret' }))
    expect(await one.whole()).toMatch(
      /^HTTP\/1.1 403 Forbidden\r\n[\s\S]*holdfast record does not pass POST \/auth on/,
    )
    const two = await client()
    await two.say(request('GET /x'))
    await two.until('fine')
    await server.until('the second client is there', () => server.requests.length === 1)
    expect(server.paths).toEqual(['GET /x'])
    const { exchanges } = await recorder.finish()
    expect(exchanges).toMatchObject([{ request: 'GET /x' }])
  },
)

describe('a body', () => {
  test.each(['whole', 'bytes', 3] as const)('in chunks keeps them, sent %s', async cuts => {
    const steps = [
      Buffer.concat([Buffer.from(chunkedHead()), chunk('{"a":1}\r\n'), chunk('b'), chunk('\xff\0')]),
      chunk(''),
    ]
    const { tapped, client } = await tapOn([{ on: 'GET /events', steps, cuts }])
    const one = await client()
    await one.say(request('GET /events'))
    expect(await one.until('\r\n0\r\n\r\n')).toBe(
      Buffer.concat(steps.map(step => Buffer.from(step))).toString('latin1'),
    )
    expect(await told(tapped)).toEqual([
      { conn: 1, request: 'GET /events', headers: { Host: 'docker' } },
      ok(1, { 'Transfer-Encoding': 'chunked' }),
      { conn: 1, chunk: { json: { a: 1 }, end: '\r\n' } },
      { conn: 1, chunk: { text: 'b' } },
      { conn: 1, chunk: { text: 'ÿ\0' } },
      { conn: 1, chunks: 'end' },
    ])
  })

  test('with a length is recorded with its answer, and that of a request with the request', async () => {
    const { tapped, client } = await tapOn([{ on: 'POST /a', steps: [json(201, { Id: 'x' })], cuts: 2 }])
    const one = await client()
    for (const byte of posting('POST /a', { b: [1] })) await one.say(byte)
    await one.until('"x"}')
    expect(await told(tapped)).toEqual([
      {
        conn: 1,
        request: 'POST /a',
        headers: { Host: 'docker', 'Content-Length': '9' },
        body: { json: { b: [1] } },
      },
      {
        conn: 1,
        answer: 201,
        reason: 'X',
        headers: { 'Content-Type': 'application/json', 'Content-Length': '10' },
        body: { json: { Id: 'x' } },
      },
    ])
  })

  test('until the end of the connection is raw, in both directions', async () => {
    const steps = ['HTTP/1.1 200 OK\r\n\r\n\x01', { client: 'typed' }, 'more', clientEnd, end]
    const { tapped, client } = await tapOn([{ on: 'POST /attach', steps }])
    const one = await client()
    await one.say(request('POST /attach'))
    await one.until('\x01')
    await one.say('typed\r\n\r\n')
    await one.until('more')
    one.end()
    await one.whole()
    expect(await told(tapped)).toEqual([
      { conn: 1, request: 'POST /attach', headers: { Host: 'docker' } },
      { conn: 1, answer: 200, reason: 'OK', headers: {} },
      { conn: 1, received: { text: '\x01' } },
      { conn: 1, sent: { text: 'typed\r\n\r\n' } },
      { conn: 1, received: { text: 'more' } },
      { conn: 1, sent: 'end' },
      { conn: 1, closed: 'engine' },
    ])
  })

  test('that HEAD, 204, 304 and 1xx announce does not exist', async () => {
    const { tapped, client } = await tapOn([
      { on: 'HEAD /_ping', steps: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'] },
      { on: 'HEAD /x', steps: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'] },
      { on: 'DELETE', steps: ['HTTP/1.1 204 No Content\r\n\r\n'] },
      {
        on: 'POST',
        steps: ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
      },
      { on: 'GET', steps: [text(200, 'last')] },
    ])
    const one = await client()
    for (const method of ['HEAD /_ping', 'HEAD /x', 'DELETE /x', 'POST /x', 'GET /x'])
      await one.say(request(method))
    await one.until('last')
    const events = await told(tapped)
    expect(events.flatMap(event => ('answer' in event ? [event.answer] : []))).toEqual([
      200, 200, 204, 100, 304, 200,
    ])
    expect(events.filter(event => 'body' in event || 'chunks' in event)).toHaveLength(1)
  })
})

test('several requests on one connection, and two clients at once', async () => {
  const { tapped, client } = await tapOn([
    { on: 'GET /a', steps: [text(200, 'A')] },
    { on: 'GET /b', steps: [chunkedHead(), chunk('B'), chunk('')] },
  ])
  const [one, two] = await Promise.all([client(), client()])
  await one.say(request('GET /a'))
  await one.until('A')
  await two.say(request('GET /b') + request('GET /a'))
  await two.until('\r\n\r\nA')
  await one.say(request('GET /b'))
  await one.until('0\r\n\r\n')
  const events = await told(tapped)
  const requests = events.flatMap(event => ('request' in event ? [event] : []))
  expect(requests).toMatchObject([
    { conn: 1, request: 'GET /a' },
    { conn: 2, request: 'GET /b' },
    { conn: 2, request: 'GET /a' },
    { conn: 1, request: 'GET /b' },
  ])
})

describe('an upgrade', () => {
  test('with bytes that came early, on both sides', async () => {
    const steps = [
      'HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nearly',
      { client: 'stdin, more' },
      'late',
      end,
    ]
    const { tapped, client } = await tapOn([{ on: 'POST /attach', steps }])
    const one = await client()
    await one.say(`${request('POST /attach', upgradeHeaders)}stdin`)
    await one.until('early')
    await one.say(', more')
    await one.whole()
    expect(await told(tapped)).toEqual([
      { conn: 1, request: 'POST /attach', headers: { Host: 'docker', ...upgradeHeaders } },
      { conn: 1, sent: { text: 'stdin' } },
      { conn: 1, answer: 101, reason: 'UPGRADED', headers: { Upgrade: 'tcp' } },
      { conn: 1, received: { text: 'early' } },
      { conn: 1, sent: { text: ', more' } },
      { conn: 1, received: { text: 'late' } },
      { conn: 1, closed: 'engine' },
    ])
  })

  test('with a body that comes later, as exec has it', async () => {
    const steps = ['HTTP/1.1 101 UPGRADED\r\n\r\n', { client: 'x' }, end]
    const { tapped, client } = await tapOn([{ on: 'POST /exec', steps }])
    const one = await client()
    const [head = '', body = ''] = posting('POST /exec/1/start', { Tty: true }, upgradeHeaders).split(
      /(?<=\r\n\r\n)/,
    )
    await one.say(head)
    await new Promise(setImmediate)
    await one.say(body.slice(0, 3))
    await new Promise(setImmediate)
    await one.say(body.slice(3))
    await one.until('101')
    await one.say('x')
    await one.whole()
    expect(await told(tapped)).toMatchObject([
      { request: 'POST /exec/1/start', body: { json: { Tty: true } } },
      { answer: 101 },
      { sent: { text: 'x' } },
      { closed: 'engine' },
    ])
  })

  test('that is refused leaves the connection to the next request', async () => {
    const { tapped, client } = await tapOn([
      { on: 'POST /attach', steps: [json(409, { message: 'paused' })] },
      { on: 'GET /info', steps: [text(200, 'INFO')] },
    ])
    const one = await client()
    await one.say(request('POST /attach', upgradeHeaders))
    await one.until('paused"}')
    await one.say(request('GET /info'))
    await one.until('INFO')
    expect(await told(tapped)).toMatchObject([
      { conn: 1, request: 'POST /attach' },
      { conn: 1, answer: 409, body: { json: { message: 'paused' } } },
      { conn: 1, request: 'GET /info' },
      { conn: 1, answer: 200, body: { text: 'INFO' } },
    ])
  })

  test('that is refused as attach does, without a length', async () => {
    const steps = [
      'HTTP/1.1 404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nNo such container\r\n',
      end,
    ]
    const { tapped, client } = await tapOn([{ on: 'POST /attach', steps }])
    const one = await client()
    await one.say(request('POST /attach', upgradeHeaders))
    await one.whole()
    expect(await told(tapped)).toMatchObject([
      { request: 'POST /attach' },
      { answer: 404 },
      { received: { text: 'No such container\r\n' } },
      { closed: 'engine' },
    ])
  })

  test('to a protocol that carries credentials unseen: what the client says is not written down', async () => {
    const steps = ['HTTP/1.1 101 UPGRADED\r\nUpgrade: h2c\r\n\r\n', { client: 'secret' }, 'settings', end]
    const { tapped, client } = await tapOn([{ on: 'POST /session', steps }])
    const one = await client()
    await one.say(request('POST /session', { Connection: 'Upgrade', Upgrade: 'h2c' }))
    await one.until('101')
    await one.say('a secret')
    await one.whole()
    const events = await told(tapped)
    expect(events).toContainEqual({ conn: 1, sent: { text: '********' } })
    expect(events).toContainEqual({ conn: 1, received: { text: 'settings' } })
  })
})

describe('what is cut short', () => {
  test.each<[what: string, steps: Script['steps'], events: object[]]>([
    ['a connection closed without an answer', [end], []],
    ['one that is reset', [reset], []],
    ['half of a head', ['HTTP/1.1 200 O', end], [{ conn: 1, received: { text: 'HTTP/1.1 200 O' } }]],
    [
      'a body shorter than its length',
      ['HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf', end],
      [ok(1, { 'Content-Length': '10' }, { body: { text: 'half' }, length: 10 })],
    ],
    [
      'a body that never began',
      ['HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n', reset],
      [ok(1, { 'Content-Length': '10' }, { length: 10 })],
    ],
    [
      'chunks without an end',
      [chunkedHead(), chunk('a'), end],
      [ok(1, { 'Transfer-Encoding': 'chunked' }), { conn: 1, chunk: { text: 'a' } }],
    ],
    [
      'half of a chunk',
      [chunkedHead(), chunk('a'), '5\r\nab', end],
      [
        ok(1, { 'Transfer-Encoding': 'chunked' }),
        { conn: 1, chunk: { text: 'a' } },
        { conn: 1, chunk: { text: 'ab' }, length: 5 },
      ],
    ],
    [
      "half of a chunk's size",
      [chunkedHead(), '5', end],
      [ok(1, { 'Transfer-Encoding': 'chunked' }), { conn: 1, received: { text: '5' } }],
    ],
    [
      'chunks whose last line is missing',
      [chunkedHead(), chunk('a'), '0\r\n', end],
      [ok(1, { 'Transfer-Encoding': 'chunked' }), { conn: 1, chunk: { text: 'a' } }],
    ],
  ])('%s', async (_, steps, events) => {
    const { tapped, client } = await tapOn([{ on: 'GET /x', steps }])
    const one = await client()
    await one.say(request('GET /x'))
    await one.whole()
    expect(await told(tapped)).toEqual([
      { conn: 1, request: 'GET /x', headers: { Host: 'docker' } },
      ...events,
      { conn: 1, closed: 'engine' },
    ])
  })

  test('a client that leaves while it is answered', async () => {
    const { server, tapped, client } = await tapOn([
      { on: 'GET /x', steps: [chunkedHead(), chunk('a'), hold] },
    ])
    const one = await client()
    await one.say(request('GET /x'))
    await one.until('a\r\n')
    one.leave()
    await server.vacant()
    expect((await told(tapped)).at(-1)).toEqual({ conn: 1, closed: 'client' })
  })

  test('a client that leaves while it sends: its password is not written down', async () => {
    const { server, recorder, client } = await recorderOn([], { allowAuth: true })
    const one = await client()
    await one.say(posting('POST /auth', { username: 'alice', password: 'pl4nted-s3cret' }).slice(0, -4))
    await server.until('the client is there', () => server.accepted === 1)
    one.leave()
    await server.vacant()
    const { exchanges } = await recorder.finish()
    expect(exchanges).toMatchObject([
      { request: 'POST /auth', body: { text: '{"username":"alice","password":"[secret:1]' } },
    ])
  })

  test('a client that closes its half is still answered', async () => {
    const { tapped, client } = await tapOn([{ on: 'GET /x', steps: [clientEnd, text(200, 'answer'), end] }])
    const one = await client()
    await one.say(request('GET /x'))
    one.end()
    expect(await one.whole()).toContain('answer')
    expect(await told(tapped)).toMatchObject([
      { request: 'GET /x' },
      { answer: 200, body: { text: 'answer' } },
      { closed: 'client' },
    ])
  })
})

test('what is no HTTP is recorded as it is', async () => {
  const { tapped, client } = await tapOn([{ on: 'GET /x', steps: ['SSH-2.0-OpenSSH\r\n\r\n', end] }])
  const [one, two] = await Promise.all([client(), client()])
  await one.say(request('GET /x'))
  await one.whole()
  await two.say('\x16\x03\x01\0')
  two.end()
  await two.whole()
  expect(await told(tapped)).toEqual([
    { conn: 1, request: 'GET /x', headers: { Host: 'docker' } },
    { conn: 1, received: { text: 'SSH-2.0-OpenSSH\r\n\r\n' } },
    { conn: 1, closed: 'engine' },
    { conn: 2, sent: { text: '\x16\x03\x01\0' } },
    { conn: 2, sent: 'end' },
    { conn: 2, closed: 'engine' },
  ])
})

describe('the end', () => {
  test('comes with connections open, and their answers are not made whole', async () => {
    const { tapped, client } = await tapOn([
      { on: 'GET /length', steps: ['HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf', hold] },
      { on: 'GET /chunks', steps: [chunkedHead(), chunk('a'), hold] },
    ])
    const [one, two] = await Promise.all([client(), client()])
    await one.say(request('GET /length'))
    await one.until('half')
    await two.say(request('GET /chunks'))
    await two.until('a\r\n')
    expect(await told(tapped)).toEqual([
      { conn: 1, request: 'GET /length', headers: { Host: 'docker' } },
      ok(1, { 'Content-Length': '10' }, { body: { text: 'half' }, length: 10 }),
      { conn: 2, request: 'GET /chunks', headers: { Host: 'docker' } },
      ok(2, { 'Transfer-Encoding': 'chunked' }),
      { conn: 2, chunk: { text: 'a' } },
    ])
    await Promise.all([one.ended, two.ended])
  })

  test('comes once, and leaves no socket', async () => {
    const { recorder } = await recorderOn([])
    const path = recorder.host.slice('unix://'.length)
    expect(existsSync(path)).toBe(true)
    expect(await recorder.finish()).toBe(await recorder.finish())
    await recorder[Symbol.asyncDispose]()
    expect(existsSync(join(path, '..'))).toBe(false)
    expect(await rejection(Client.of(recorder.host))).toMatchObject({ code: 'ENOENT' })
  })

  test('comes without a recording where none is asked for', async () => {
    const server = await ByteServer.start([{ on: 'GET /x', steps: [hold] }])
    let client: Client
    {
      await using recorder = await record({ engine: server.address })
      client = await Client.of(recorder.host)
      await client.say(request('GET /x'))
    }
    await client.ended
    await server[Symbol.asyncDispose]()
  })

  test('is written to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const { recorder, client } = await recorderOn([{ on: 'GET /x', steps: [text(200, 'a')] }], {
      note: { what: 'a test' },
    })
    const one = await client()
    await one.say(request('GET /x'))
    await one.until('\r\n\r\na')
    const file = join(folder, 'x.ndjson')
    await recorder.save(file)
    const written = await readFile(file, 'utf8')
    expect(parseRecording(written)).toEqual(await recorder.finish())
    expect(written.split('\n')[0]).toBe('{"recording":2,"what":"a test"}')
    expect(await rejection(recorder.save(join(folder, 'none', 'x')))).toMatchObject({ code: 'ENOENT' })
  })
})

describe('the Engine', () => {
  test('may be on tcp', async () => {
    const { tapped, client } = await tapOn([{ on: 'GET /x', steps: [text(200, 'over tcp'), reset] }], 'tcp')
    const one = await client()
    await one.say(request('GET /x'))
    await one.until('over tcp')
    await one.ended
    expect((await told(tapped)).at(-1)).toEqual({ conn: 1, closed: 'engine', reset: true })
  })

  test('may not be there: the client is left without an answer', async () => {
    const { tapped: missing, client } = await tapped('unix:///no/such/docker.sock')
    const one = await client()
    await one.say(request('GET /x'))
    expect(await one.whole()).toBe('')
    expect((await told(missing)).at(-1)).toEqual({ conn: 1, closed: 'engine' })
  })

  test.each(['ssh://host', 'https://host', 'unix://relative', '/run/docker.sock', '', 'tcp:'])(
    'can not be %j',
    async engine => {
      const error = await rejection(record({ engine }))
      expect(error).toBeInstanceOf(RecordingError)
      expect((error as Error).message).toContain(JSON.stringify(engine))
    },
  )
})

test('much is passed on whole, to a client that is slow', async () => {
  const body = Buffer.alloc(8 << 20, 'holdfast')
  const steps = [`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, body]
  const { tapped } = await tapOn([{ on: 'GET /export', steps }])
  const socket = createConnection(tapped.host.slice('unix://'.length))
  onTestFinished(() => void socket.destroy())
  socket.write(request('GET /export'))
  let heard = 0
  for await (const bytes of socket) {
    heard += bytes.length
    await new Promise(setImmediate)
    if (heard > body.length) break
  }
  const answer = (await tapped.events()).find(event => 'answer' in event)
  expect(answer && fromContent('body' in answer ? answer.body : undefined).equals(body)).toBe(true)
})

describe('more than may be recorded', () => {
  async function conversation(limit: number, script: Script) {
    const server = await ByteServer.start([script])
    onTestFinished(() => server[Symbol.asyncDispose]())
    const said = new Conversation({ all: limit })
    const listener = createServer({ allowHalfOpen: true }, client =>
      said.join(
        client,
        createConnection({ path: server.address.slice('unix://'.length), allowHalfOpen: true }),
      ),
    )
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    listener.listen(join(folder, 'x.sock'))
    await once(listener, 'listening')
    onTestFinished(async () => {
      listener.close()
      await rm(folder, { recursive: true })
    })
    return { said, client: await Client.of(`unix://${folder}/x.sock`) }
  }

  test.each<[what: string, sent: string, steps: Script['steps']]>([
    [
      'in chunks',
      request('POST /x'),
      [chunkedHead(), chunk('x'.repeat(600_000)), chunk('x'.repeat(600_000)), chunk('')],
    ],
    ['of a declared length', request('POST /x'), [text(200, 'x'.repeat(1_200_000))]],
    ['raw', request('POST /x'), ['HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(1_200_000), end]],
    ['sent', posting('POST /x', 'x'.repeat(1_200_000)), [text(200, 'done')]],
  ])('%s is passed on, and told at the end', async (_, sent, steps) => {
    const { said, client } = await conversation(1 << 20, { on: 'POST /x', steps: [...steps, end] })
    await client.say(sent)
    const heard = await client.whole()
    expect(heard.length + sent.length).toBeGreaterThan(1_200_000)
    expect(() => said.events()).toThrow(RecordingError)
    expect(() => said.events()).toThrow('more than 1 MiB was said')
  })

  test('is more than the limit, not just as much', async () => {
    const { said, client } = await conversation(6, { on: 'GET /x', steps: [text(200, '123456'), end] })
    await client.say(request('GET /x'))
    await client.whole()
    expect(said.events()).toHaveLength(3)
  })
})

/** Everything that a recording says: the file, and in it what is not text. */
function exposed(recording: Recording): string {
  const text = formatRecording(recording)
  const inside = [...text.matchAll(/"base64":"([^"]*)"/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64').toString('latin1'),
  )
  return [text, ...inside].join('\n')
}

describe('a planted secret is in no recording', () => {
  const password = 'p+l/a="n" <t>\\é\nd'
  const ways = Object.values(spellings('alice', password))

  function frame(payload: string): Buffer {
    const bytes = Buffer.from(payload)
    const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
    head.writeUInt32BE(bytes.length, 4)
    return Buffer.concat([head, bytes])
  }

  async function planted(): Promise<ExchangeRecording> {
    const echo = `{"message":"denied: ${JSON.stringify(password).slice(1, -1)} is wrong"}`
    const cutAt = echo.indexOf('l/a')
    const scripts: Script[] = [
      {
        on: 'GET /before',
        steps: [text(200, `said early: ${password}`, { 'X-Echo': encodeURIComponent(password) })],
      },
      {
        on: 'POST /auth',
        steps: [json(200, { IdentityToken: 'ident1ty-t0ken', Status: 'Login Succeeded' })],
      },
      {
        on: 'POST /images',
        steps: [chunkedHead(), chunk(echo.slice(0, cutAt)), chunk(echo.slice(cutAt)), chunk('')],
        cuts: 'bytes',
      },
      {
        on: 'POST /containers/create',
        steps: [`HTTP/1.1 201 ${encodeURIComponent(password)}\r\nContent-Length: 2\r\n\r\n{}`],
      },
      {
        on: 'GET /containers',
        steps: [
          chunkedHead(),
          chunk('{"Config":{"Env":["DB_PASS'),
          chunk(`WORD=${JSON.stringify(password).slice(1, -1)}","SHORT=hidden-value"]}}\n`),
          chunk(''),
        ],
      },
      {
        on: 'POST /attach',
        steps: [
          'HTTP/1.1 101 UPGRADED\r\n\r\n',
          frame(`raw: ${password.slice(0, 5)}`),
          frame(`${password.slice(5)} ident1ty-t0ken\n${'x'.repeat(200)}`),
          end,
        ],
      },
      { on: 'GET /', steps: [text(200, 'fine')] },
    ]
    const { recorder, client } = await recorderOn(scripts, {
      normalize: true,
      allowAuth: true,
      secrets: ['named-by-its-owner'],
    })
    const one = await client()
    await one.say(request('GET /before'))
    await one.until('said early')
    await one.say(request(`GET /x?token=${encodeURIComponent(password)}&other=named-by-its-owner`))
    await one.until('fine')
    await one.say(posting('POST /auth', { username: 'alice', password }))
    await one.until('Succeeded')
    await one.say(
      request('POST /images/create?fromImage=x', {
        'X-Registry-Auth': registryAuth({ username: 'alice', password }),
      }),
    )
    await one.until('0\r\n\r\n')
    await one.say(
      posting('POST /containers/create', {
        Env: [`DB_PASSWORD=${password}`, 'PIN=hidden-value'],
        Cmd: ['login', password],
      }),
    )
    await one.until('{}')
    const two = await client()
    await two.say(request('GET /containers/x/json', { Authorization: 'Bearer bear3r-t0ken' }))
    await two.until('0\r\n\r\n')
    await two.say(request('POST /attach', upgradeHeaders))
    await two.whole()
    return recorder.finish()
  }

  test('however it was said, wherever, before it was known or after', async () => {
    const recording = await planted()
    const shown = exposed(recording)
    for (const way of [...ways, 'ident1ty-t0ken', 'bear3r-t0ken', 'hidden-value', 'named-by-its-owner']) {
      expect(shown).not.toContain(way)
      expect(shown).not.toContain(JSON.stringify(way).slice(1, -1))
    }
    expect(shown).toContain('said early: [secret:')
    expect(shown).toContain('[present: password, username]')
    expect(shown).toContain('"[present: Bearer]"')
    expect(shown).toContain('Login Succeeded')
    expect(recording.exchanges).toHaveLength(7)
  })

  test('declared lengths are those of what is written down, and frames have none', async () => {
    const { exchanges } = await planted()
    const said = exchanges.flatMap(exchange => exchange.said)
    expect(said.filter(one => 'output' in one)).toEqual([
      { output: 'stdout', text: expect.stringMatching(/^raw: \[secret:\d\] \[secret:\d\]\nx+$/) },
    ])
    for (const one of said) {
      if (!('answer' in one) || one.headers['Content-Length'] === undefined) continue
      expect(String(fromContent(one.body).length)).toBe(one.headers['Content-Length'])
    }
  })
})

describe('texts', () => {
  const id = 'c0ffee00c0ffee00'.repeat(4)

  test('are replaced as they are and in a query, and in what is no text', async () => {
    const { recorder, client } = await recorderOn(
      [
        {
          on: 'POST /images',
          steps: [
            chunkedHead(),
            chunk('from 127.0.0.1:50001'),
            chunk(Buffer.from('\xff127.0.0.1:5000', 'latin1')),
            chunk(''),
          ],
        },
      ],
      { replace: { '127.0.0.1:5000': 'first.test', '127.0.0.1:50001': '$&.test:5000' } },
    )
    const one = await client()
    await one.say(
      request('POST /images/create?fromImage=127.0.0.1%3A50001%2Fapp', { Host: '127.0.0.1:5000' }),
    )
    await one.until('0\r\n\r\n')
    const { exchanges } = await recorder.finish()
    expect(exchanges).toMatchObject([
      {
        request: 'POST /images/create?fromImage=%24%26.test%3A5000%2Fapp',
        headers: { Host: 'first.test' },
        said: [
          { answer: 200 },
          { chunk: { text: 'from $&.test:5000' } },
          { chunk: { base64: Buffer.from('\xfffirst.test', 'latin1').toString('base64') } },
          { chunks: 'end' },
        ],
      },
    ])
  })

  test('are normalized all over, also in what is no text', async () => {
    const answer = Buffer.concat([
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 200]),
      Buffer.from(`${id}\n${'x'.repeat(134)}\xff`, 'latin1'),
    ])
    const { recorder, client } = await recorderOn(
      [
        { on: 'POST', steps: [json(201, { Id: id, Created: '2026-11-23T15:24:01.5Z' })] },
        { on: 'GET', steps: ['HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 15:24:01 GMT\r\n\r\n', answer, end] },
      ],
      { normalize: true },
    )
    const one = await client()
    await one.say(posting('POST /containers/create', {}))
    await one.until('Z"}')
    await one.say(request(`GET /containers/${id.slice(0, 12)}/logs?since=1764000000.5`))
    await one.whole()
    const { exchanges } = await recorder.finish()
    const short = '1d0000000001'
    expect(exchanges).toMatchObject([
      {
        request: 'POST /containers/create',
        said: [{ body: { json: { Id: short + '0'.repeat(52), Created: '2026-01-01T00:00:00.000000000Z' } } }],
      },
      {
        request: `GET /containers/${short}/logs?since=1767225600.0`,
        said: [
          { headers: { Date: 'Thu, 01 Jan 2026 00:00:00 GMT' } },
          { output: 'stdout', base64: expect.any(String) },
          { closed: 'engine' },
        ],
      },
    ])
    const [, output] = exchanges[1]?.said ?? []
    expect(output && 'base64' in output && Buffer.from(output.base64, 'base64').toString('latin1')).toContain(
      `${short}${'0'.repeat(52)}\n`,
    )
  })

  test('that can not be replaced without breaking the recording are told', async () => {
    const { recorder, client } = await recorderOn([{ on: 'GET', steps: [text(200, 'a')] }], {
      replace: { '"headers"': 'headers' },
    })
    const one = await client()
    await one.say(request('GET /x'))
    await one.until('\r\n\r\na')
    expect(await rejection(recorder.finish())).toBeInstanceOf(RecordingError)
  })
})
