import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type Cut,
  formatRecording,
  type RecordedEvent,
  type Recording,
  RecordingError,
  type Replay,
  ReplayError,
  type ReplayOptions,
  record,
  replay,
} from '../../../src/replay/index.ts'
import { rejection } from '../../support/errors.ts'
import { Client, posting, request } from '../client.ts'

type Told = Record<string, unknown>

/** A recording of these events. Without a time each comes right after the one before. */
function recordingOf(...events: Told[]): Recording {
  return {
    head: { recording: 1 },
    events: events.map(event => ({ conn: 1, at: 0, ...event }) as RecordedEvent),
  }
}

const asked = (line: string, more: Told = {}) => ({ request: line, headers: {}, ...more })
const answered = (text: string, more: Told = {}) => ({
  answer: 200,
  reason: 'OK',
  headers: { 'Content-Length': String(text.length) },
  ...(text !== '' && { body: { text } }),
  ...more,
})
const chunked = (more: Told = {}) => ({
  answer: 200,
  reason: 'OK',
  headers: { 'Transfer-Encoding': 'chunked' },
  ...more,
})
const upgraded = (more: Told = {}) => ({
  answer: 101,
  reason: 'UPGRADED',
  headers: { Upgrade: 'tcp' },
  ...more,
})
const upgrade = { Connection: 'Upgrade', Upgrade: 'tcp' }

/** Both sides are in this process: what is not said within some turns of its loop is not about to be said. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** A replay that ends with its test, and clients of it. */
async function played(recording: Recording, options: ReplayOptions = {}) {
  const player = await replay(recording, options)
  onTestFinished(() => player.close())
  return { player, client: () => Client.of(player.host) }
}

const cuts: Cut[] = ['whole', '1', 'random:1', 'random:2', 'random:3']

describe.each(cuts)('cut %s', cut => {
  test('the bytes are those of the Engine', async () => {
    const recording = recordingOf(
      asked('GET /length'),
      answered('', {
        headers: { 'X-Twice': ['a', 'b'], 'content-length': '17' },
        body: { json: { message: 'ü' }, end: '\n' },
      }),
      asked('GET /chunks'),
      chunked(),
      { chunk: { json: { status: 'a' }, end: '\r\n' } },
      { chunk: { base64: '/wA=' } },
      { chunks: 'end' },
      asked('HEAD /_ping'),
      answered('', { headers: { 'Content-Length': '99' } }),
      asked('DELETE /x'),
      { answer: 100, reason: '', headers: {} },
      { answer: 204, reason: 'No Content', headers: {} },
      asked('POST /attach'),
      upgraded(),
      { received: { base64: 'Af8A' } },
      { received: { text: 'é' } },
      { closed: 'engine' },
    )
    const { player, client } = await played(recording, { cut })
    const one = await client()
    for (const line of ['GET /length', 'GET /chunks', 'HEAD /_ping', 'DELETE /x'])
      await one.say(request(line))
    await one.say(request('POST /attach', upgrade))
    const heard = Buffer.from(await one.whole(), 'latin1').toString('hex')
    const wire = [
      Buffer.from(
        'HTTP/1.1 200 OK\r\nX-Twice: a\r\nX-Twice: b\r\ncontent-length: 17\r\n\r\n{"message":"ü"}\n',
      ),
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"status":"a"}\r\n\r\n2\r\n'),
      Buffer.from([0xff, 0]),
      Buffer.from('\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 100 \r\n\r\n'),
      Buffer.from('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n'),
      Buffer.from([1, 0xff, 0]),
      Buffer.from('é'),
    ]
    expect(heard).toBe(Buffer.concat(wire).toString('hex'))
    expect(player.unexpected).toEqual([])
    expect(player.missing).toEqual([])
  })

  test('an exit comes after the end of the output', async () => {
    const output = 'x'.repeat(3_000)
    const { client } = await played(
      recordingOf(
        asked('POST /containers/x/attach'),
        asked('POST /containers/x/wait', { conn: 2 }),
        upgraded(),
        chunked({ conn: 2 }),
        asked('POST /containers/x/start', { conn: 3 }),
        answered('started', { conn: 3 }),
        { received: { text: output } },
        { closed: 'engine' },
        { chunk: { text: 'exited' }, conn: 2 },
        { chunks: 'end', conn: 2 },
      ),
      { cut },
    )
    const [attached, waiting, starting] = [await client(), await client(), await client()]
    await attached.say(request('POST /containers/x/attach', upgrade))
    await waiting.say(request('POST /containers/x/wait'))
    await starting.say(request('POST /containers/x/start'))
    await waiting.until('exited')
    // Both are in the kernel's hands: what was written first may be read a turn later.
    await turns()
    expect(attached.heard).toMatch(/\r\n\r\nx{3000}$/)
  })
})

describe('a request is known', () => {
  const id = 'c0ffee00'.repeat(8)
  const exec = '1d'.repeat(32)

  test('by what does not vary', async () => {
    const { player, client } = await played(
      recordingOf(
        asked(`GET /v1.41/containers/${id}/json?size=1&all=true`),
        answered('inspected'),
        asked('GET /v1.41/logs?since=1764000000.5'),
        answered('logged'),
      ),
    )
    const one = await client()
    await one.say(request(`GET /v1.51/containers/${exec}/json?all=true&size=1`))
    await one.until('inspected')
    await one.say(request('GET /logs?since=1700000000'))
    await one.until('logged')
    expect(player.unexpected).toEqual([])
    expect(player.missing).toEqual([])
  })

  test('byte by byte, and with others right behind it', async () => {
    const { client } = await played(
      recordingOf(
        asked('POST /a'),
        answered('first'),
        asked('GET /b'),
        answered('second'),
        asked('GET /c'),
        answered('third'),
      ),
    )
    const one = await client()
    for (const byte of posting('POST /a', { some: 'body' })) await one.say(byte)
    await one.until('first')
    await one.say(request('GET /b') + request('GET /c'))
    expect(await one.until('third')).toMatch(/first.*second.*third$/s)
  })

  test('those that are alike are answered in their order, but the very same one first', async () => {
    const { client } = await played(
      recordingOf(
        ...[
          asked(`GET /containers/${id}/json`),
          answered('one'),
          asked(`GET /containers/${exec}/json`),
          answered('two'),
        ],
        ...[asked('GET /info'), answered('three'), asked('GET /info'), answered('four')],
      ),
    )
    const [one, two] = [await client(), await client()]
    await two.say(request(`GET /containers/${exec}/json`))
    await one.say(request(`GET /containers/${'ab'.repeat(32)}/json`))
    await two.until('two')
    await one.until('one')
    await one.say(request('GET /info') + request('GET /info'))
    expect(await one.until('four')).toMatch(/three.*four/s)
  })

  test('/_ping as often as it is asked, where it was recorded', async () => {
    const { player, client } = await played(
      recordingOf(
        asked('HEAD /_ping'),
        answered('', { headers: { 'Api-Version': '1.41', 'Content-Length': '0' } }),
        asked('GET /x'),
        answered('x'),
      ),
    )
    const one = await client()
    for (let times = 1; times <= 3; times++) {
      await one.say(request('HEAD /_ping'))
      await vi.waitFor(() => expect(one.heard.match(/Api-Version/g)).toHaveLength(times))
    }
    expect(player.unexpected).toEqual([])
    await one.say(request('GET /_ping'))
    await one.until('501')
    expect(player.unexpected).toEqual(['GET /_ping'])
  })
})

describe('a request that is not in the recording', () => {
  const recording = recordingOf(
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap(name => [asked(`GET /${name}`), answered(name)]),
  )

  test('is answered with 501, which names what was expected, and the rest goes on', async () => {
    const { player, client } = await played(recording)
    const one = await client()
    await one.say(request('GET /a'))
    await one.until('\r\n\r\na')
    await one.say(posting('POST /auth', { username: 'alice' }))
    const heard = await one.until('more"}')
    expect(heard).toContain('HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json\r\n')
    const body = heard.slice(heard.lastIndexOf('\r\n\r\n') + 4)
    expect(JSON.parse(body)).toEqual({
      message:
        'not in the recording: POST /auth; expected GET /b, or GET /c, or GET /d, or GET /e, or GET /f, or one of 1 more',
    })
    expect(heard).toContain(`Content-Length: ${body.length}\r\n`)
    await one.say(request('GET /b'))
    await one.until('\r\n\r\nb')
    expect(player.unexpected).toEqual(['POST /auth'])
    expect(player.missing).toEqual(['GET /c', 'GET /d', 'GET /e', 'GET /f', 'GET /g'])
  })

  test('any more', async () => {
    const { player, client } = await played(recordingOf(asked('GET /a'), answered('a')))
    const one = await client()
    await one.say(request('GET /a') + request('GET /a'))
    expect(await one.until('more"}')).toContain(
      'not in the recording: GET /a once more than it was recorded (line 2); expected nothing any more',
    )
    expect(player.unexpected).toEqual(['GET /a'])
  })

  test('and is a HEAD has no body', async () => {
    const { client } = await played(recording)
    const one = await client()
    await one.say(request('HEAD /x') + request('GET /a'))
    expect(await one.until('\r\n\r\na')).toMatch(/^HTTP\/1.1 501 [^{}]*HTTP\/1.1 200 OK/s)
  })

  test('and wants an upgrade leaves the connection as it was', async () => {
    const { client } = await played(recording)
    const one = await client()
    await one.say(request('POST /attach', upgrade))
    await one.until('501')
    await one.say(request('GET /a'))
    await one.until('\r\n\r\na')
  })

  test.each(['GET //', 'GET *', 'BREW /%zz'])('and is odd: %s', async line => {
    const { player, client } = await played(recording)
    const one = await client()
    await one.say(request(line))
    await one.until('501')
    expect(player.unexpected).toEqual([line])
  })
})

describe('an upgrade', () => {
  test('waits for what the client sent, and for the end of it', async () => {
    const { client } = await played(
      recordingOf(
        asked('POST /attach'),
        upgraded(),
        { sent: { text: 'one\n' } },
        { received: { text: 'ONE\n' } },
        { sent: { text: 'two\n' } },
        { sent: { text: 'three\n' } },
        { received: { text: 'TWO\nTHREE\n' } },
        { sent: 'end' },
        { received: { text: 'BYE\n' } },
        { closed: 'engine' },
      ),
    )
    const one = await client()
    await one.say(`${request('POST /attach', upgrade)}o`)
    await one.until('UPGRADED')
    await turns()
    expect(one.heard).not.toContain('ONE')
    await one.say('ne\ntwo\nth')
    await one.until('ONE')
    await turns()
    expect(one.heard).not.toContain('TWO')
    await one.say('ree\n')
    await one.until('THREE')
    await turns()
    expect(one.heard).not.toContain('BYE')
    one.end()
    expect(await one.whole()).toMatch(/\r\n\r\nONE\nTWO\nTHREE\nBYE\n$/)
  })

  test('that many small pieces are sent over', async () => {
    const { client } = await played(
      recordingOf(
        asked('POST /attach'),
        upgraded(),
        { sent: { text: 'x'.repeat(50) } },
        { received: { text: 'enough' } },
      ),
    )
    const warned: Error[] = []
    const listen = (warning: Error) => warned.push(warning)
    process.on('warning', listen)
    const one = await client()
    await one.say(request('POST /attach', upgrade))
    for (let piece = 0; piece < 50; piece++) {
      await one.say('x')
      await new Promise(setImmediate)
    }
    await one.until('enough')
    process.off('warning', listen)
    expect(warned).toEqual([])
  })

  test('whose client closes its half early frees those that waited for more of it', async () => {
    const { client } = await played(
      recordingOf(
        asked('POST /attach'),
        upgraded(),
        { sent: { text: 'a lot of input' } },
        { received: { text: 'output' } },
        { closed: 'engine' },
      ),
    )
    const one = await client()
    await one.say(`${request('POST /attach', upgrade)}little`)
    one.end()
    expect(await one.whole()).toMatch(/output$/)
  })

  test('that was refused leaves the connection to the next request', async () => {
    const { client } = await played(
      recordingOf(
        asked('POST /attach'),
        answered('refused', { answer: 409 }),
        asked('GET /x'),
        answered('next'),
      ),
    )
    const one = await client()
    await one.say(request('POST /attach', upgrade))
    await one.until('refused')
    await one.say(request('GET /x'))
    await one.until('next')
  })

  test('by an answer without an end is one, too', async () => {
    const { client } = await played(
      recordingOf(
        asked('POST /attach'),
        { answer: 200, reason: 'OK', headers: {} },
        { sent: { text: 'in' } },
        { received: { text: 'out' } },
        { closed: 'engine' },
      ),
    )
    const one = await client()
    await one.say(request('POST /attach'))
    await one.until('200 OK')
    await one.say('in')
    expect(await one.whole()).toMatch(/out$/)
  })
})

describe('what was cut short stays so', () => {
  test.each<[what: string, events: Told[], heard: string]>([
    [
      'a length',
      [answered('half', { length: 10 }), { closed: 'engine' }],
      'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf',
    ],
    [
      'chunks',
      [chunked(), { chunk: { text: 'a' } }, { closed: 'engine' }],
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n',
    ],
    [
      'half of a chunk',
      [chunked(), { chunk: { text: 'ab' }, length: 16 }, { closed: 'engine' }],
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nab',
    ],
    ['half of a head', [{ received: { text: 'HTTP/1.1 2' } }, { closed: 'engine' }], 'HTTP/1.1 2'],
    ['a connection without an answer', [{ closed: 'engine' }], ''],
    [
      'a 100 and no more',
      [{ answer: 100, reason: '', headers: {} }, { closed: 'engine' }],
      'HTTP/1.1 100 \r\n\r\n',
    ],
  ])('%s', async (_, events, heard) => {
    for (const cut of cuts) {
      const { client } = await played(recordingOf(asked('GET /x'), ...events), { cut })
      const one = await client()
      await one.say(request('GET /x'))
      expect(await one.whole()).toBe(heard)
    }
  })

  test('an answer that never came keeps its client waiting', async () => {
    const { player, client } = await played(recordingOf(asked('GET /x'), { closed: 'client' }))
    const one = await client()
    await one.say(request('GET /x'))
    await turns()
    expect(one.heard).toBe('')
    await player.close()
    await one.ended
  })
})

test('a body that was edited has its own length', async () => {
  const { client } = await played(
    recordingOf(
      asked('GET /x'),
      answered('', { headers: { 'Content-Length': '3' }, body: { text: 'longer' } }),
    ),
  )
  const one = await client()
  await one.say(request('GET /x'))
  expect(await one.until('longer')).toContain('Content-Length: 6\r\n')
})

describe('connections', () => {
  test('that the Engine closed later may be used until then, and for another request on', async () => {
    const { client } = await played(
      recordingOf(
        asked('GET /a'),
        answered('A'),
        asked('GET /b', { conn: 2 }),
        answered('B', { conn: 2 }),
        { closed: 'engine' },
        asked('GET /c', { conn: 3 }),
        answered('C', { conn: 3 }),
      ),
    )
    const [one, two] = [await client(), await client()]
    // The client takes the first connection for what had been recorded on the second.
    await one.say(request('GET /a'))
    await one.until('\r\n\r\nA')
    await one.say(request('GET /b'))
    await one.until('\r\n\r\nB')
    await two.say(request('GET /c'))
    await two.until('\r\n\r\nC')
  })

  test('that the Engine closed are closed when it is their turn', async () => {
    const { client } = await played(
      recordingOf(
        asked('GET /a'),
        answered('A'),
        asked('GET /b', { conn: 2 }),
        { closed: 'engine' },
        answered('B', { conn: 2 }),
      ),
    )
    const [one, two] = [await client(), await client()]
    await one.say(request('GET /a'))
    await one.until('\r\n\r\nA')
    await turns()
    let over = false
    void one.ended.then(() => {
      over = true
    })
    expect(over).toBe(false)
    await two.say(request('GET /b'))
    await two.until('\r\n\r\nB')
    await one.ended
  })

  test('whose client leaves midway do not hold up the others', async () => {
    const { client } = await played(
      recordingOf(
        asked('GET /export'),
        chunked(),
        asked('GET /b', { conn: 2 }),
        { chunk: { text: 'x'.repeat(1 << 20) } },
        { sent: { text: 'never' } },
        { chunks: 'end' },
        answered('B', { conn: 2 }),
      ),
    )
    const [one, two] = [await client(), await client()]
    await one.say(request('GET /export'))
    await one.until('chunked')
    one.leave()
    const started = performance.now()
    await two.say(request('GET /b'))
    await two.until('\r\n\r\nB')
    expect(performance.now() - started).toBeLessThan(1_500)
  })

  test('of clients that speak no HTTP end, and others go on', async () => {
    const { client } = await played(recordingOf(asked('GET /a'), answered('A')))
    const [one, two] = [await client(), await client()]
    await one.say('\x16\x03\x01\0')
    expect(await one.whole()).toBe('')
    await two.say(request('GET /a'))
    await two.until('\r\n\r\nA')
  })

  test('of two clients at once are kept apart', async () => {
    const { client } = await played(
      recordingOf(
        asked('GET /a'),
        asked('GET /b', { conn: 2 }),
        chunked(),
        chunked({ conn: 2 }),
        { chunk: { text: 'A1' } },
        { chunk: { text: 'B1' }, conn: 2 },
        { chunk: { text: 'A2' } },
        { chunks: 'end', conn: 2 },
        { chunks: 'end' },
      ),
      { cut: '1' },
    )
    const [one, two] = [await client(), await client()]
    await Promise.all([one.say(request('GET /a')), two.say(request('GET /b'))])
    await Promise.all([one.until('0\r\n\r\n'), two.until('0\r\n\r\n')])
    expect(one.heard).toMatch(/2\r\nA1\r\n2\r\nA2\r\n0\r\n\r\n$/)
    expect(two.heard).toMatch(/2\r\nB1\r\n0\r\n\r\n$/)
  })
})

describe('timing', () => {
  const slow = (ms: number) =>
    recordingOf(
      asked('GET /x', { at: ms }),
      chunked({ at: 2 * ms }),
      { chunk: { text: 'a' }, at: 3 * ms },
      { chunks: 'end', at: 4 * ms },
    )

  test('fast leaves out all pauses', async () => {
    const { client } = await played(slow(3_600_000))
    const one = await client()
    await one.say(request('GET /x'))
    await one.until('0\r\n\r\n')
  })

  test('recorded keeps those of the Engine, and not the thinking of the client', async () => {
    const { client } = await played(slow(40), { timing: 'recorded' })
    const one = await client()
    const started = performance.now()
    await one.say(request('GET /x'))
    await one.until('0\r\n\r\n')
    const took = performance.now() - started
    expect(took).toBeGreaterThanOrEqual(115)
    expect(took).toBeLessThan(1_000)
  })

  test('recorded measures from what caused an answer, and not from what came between', async () => {
    const { client } = await played(
      recordingOf(
        asked('GET /y', { conn: 2 }),
        answered('', { conn: 2 }),
        asked('GET /x'),
        chunked(),
        { closed: 'client', conn: 2, at: 115 },
        { chunk: { text: 'a' }, at: 120 },
        { chunks: 'end', at: 120 },
      ),
      { timing: 'recorded' },
    )
    const one = await client()
    const started = performance.now()
    await one.say(request('GET /x'))
    await one.until('0\r\n\r\n')
    expect(performance.now() - started).toBeGreaterThanOrEqual(115)
  })

  test('recorded keeps the order of connections, too', async () => {
    const { client } = await played(
      recordingOf(
        asked('GET /a'),
        asked('GET /b', { conn: 2 }),
        answered('A', { at: 60 }),
        answered('B', { at: 61, conn: 2 }),
      ),
      { timing: 'recorded' },
    )
    const [one, two] = [await client(), await client()]
    await one.say(request('GET /a'))
    await two.say(request('GET /b'))
    await two.until('\r\n\r\nB')
    await turns()
    expect(one.heard).toMatch(/A$/)
  })

  test('recorded ends at once with the replay', async () => {
    const { player, client } = await played(slow(3_600_000), { timing: 'recorded' })
    const one = await client()
    await one.say(request('GET /x'))
    await turns()
    await player.close()
    expect(await one.whole()).toBe('')
  })
})

describe('the end', () => {
  const timersAndPipes = () =>
    process.getActiveResourcesInfo().filter(kind => kind === 'Timeout' || kind.startsWith('Pipe')).length

  test('leaves no socket, no connection and no timer', async () => {
    const before = timersAndPipes()
    let path: string
    let one: Client
    {
      await using player = await replay(
        recordingOf(asked('GET /a'), answered('A'), asked('GET /b', { conn: 2 }), chunked({ conn: 2 }), {
          chunk: { text: 'late' },
          conn: 2,
          at: 3_600_000,
        }),
        { timing: 'recorded', loose: true },
      )
      path = player.host.slice('unix://'.length)
      // Waits for the first request, with a timer.
      one = await Client.of(player.host)
      await one.say(request('GET /b'))
      await turns()
      expect(timersAndPipes()).toBeGreaterThan(before)
    }
    await one.ended
    one.leave()
    expect(existsSync(path)).toBe(false)
    expect(existsSync(join(path, '..'))).toBe(false)
    await vi.waitFor(() => expect(timersAndPipes()).toBeLessThanOrEqual(before))
  })

  test('comes once', async () => {
    const player = await replay(recordingOf(asked('GET /a'), answered('A')), { loose: true })
    await Promise.all([player.close(), player.close(), player[Symbol.asyncDispose]()])
    expect(await rejection(Client.of(player.host))).toMatchObject({ code: 'ENOENT' })
  })
})

describe('a replay fails', () => {
  const name = '/containers/job'
  const start = `POST ${name}/start`
  const recording: Recording = {
    head: { recording: 2 },
    exchanges: [
      { request: `PUT ${name}/archive?path=/`, headers: {}, said: [answered('')] },
      { request: start, headers: {}, said: [answered('')] },
      { request: `POST ${name}/wait`, headers: {}, said: [answered('0', { after: [start] })] },
    ],
  }

  test.each<[what: string, lines: string[], problems: string[]]>([
    [
      'by a request that is not in it',
      ['GET /x'],
      ['not in the recording: GET /x; expected PUT /containers'],
    ],
    [
      'by one that has not come, with its line',
      [`PUT ${name}/archive?path=/`, start],
      [`recorded, and not asked for: POST ${name}/wait (line 6)`],
    ],
    [
      'by changes in another order, with their lines',
      [start, `PUT ${name}/archive?path=/`],
      [`out of order: ${start} (line 4) came before PUT ${name}/archive (line 2)`],
    ],
    [
      'by what still waits at the end, with its line',
      [`PUT ${name}/archive?path=/`, `POST ${name}/wait`],
      [`line 7 still waits for ${start} (line 4)`],
    ],
  ])('%s', async (_, lines, problems) => {
    const ends: Array<(player: Replay) => Promise<void>> = [
      player => player.verify(),
      player => player[Symbol.asyncDispose](),
      player => player.close().then(player.verify),
    ]
    for (const end of ends) {
      const { player, client } = await played(recording)
      for (const line of lines) await (await client()).say(request(line))
      await turns()
      const error = await rejection(end(player))
      expect(error).toBeInstanceOf(ReplayError)
      for (const problem of problems) expect((error as Error).message).toContain(problem)
    }
    const { player, client } = await played(recording, { loose: true })
    for (const line of lines) await (await client()).say(request(line))
    await turns()
    await player.verify()
  })
})

describe('a place of its own', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    onTestFinished(() => rm(path, { recursive: true }))
    return path
  }
  const recording = recordingOf(asked('GET /a'), answered('A'))

  test('is listened on, and free again', async () => {
    const socket = join(await folder(), 'engine.sock')
    for (let times = 0; times < 2; times++) {
      await using player = await replay(recording, { socket })
      expect(player.host).toBe(`unix://${socket}`)
      const one = await Client.of(player.host)
      await one.say(request('GET /a'))
      await one.until('\r\n\r\nA')
    }
    expect(existsSync(socket)).toBe(false)
  })

  test('must not be taken', async () => {
    const socket = join(await folder(), 'engine.sock')
    await played(recording, { socket })
    expect(await rejection(replay(recording, { socket }))).toMatchObject({ code: 'EADDRINUSE' })
  })

  test('is needed where none can be made: the error says what to do, and nothing is left', async () => {
    const long = join(await folder(), 'x'.repeat(100))
    await mkdir(long)
    for (const [place, code] of [
      [long, 'EINVAL'],
      [join(long, 'none'), 'ENOENT'],
    ] as const) {
      vi.stubEnv('TMPDIR', place)
      onTestFinished(() => void vi.unstubAllEnvs())
      const words = `no socket can be made in ${place} (${code}): set TMPDIR to a folder that can be written and has a short path`
      expect(await rejection(replay(recording))).toMatchObject({ code, message: words })
      expect(await rejection(record({ engine: 'unix:///none' }))).toMatchObject({ code, message: words })
    }
    expect(await readdir(long)).toEqual([])
  })

  test('must have a folder', async () => {
    const socket = join(await folder(), 'none', 'engine.sock')
    expect(await rejection(replay(recording, { socket }))).toMatchObject({ syscall: 'listen' })
  })

  test('and a file of its own', async () => {
    const place = await folder()
    // Other tests make such folders meanwhile.
    vi.stubEnv('TMPDIR', place)
    onTestFinished(() => void vi.unstubAllEnvs())
    const file = join(place, 'x.ndjson')
    expect(await rejection(replay(file))).toMatchObject({ code: 'ENOENT' })
    writeFileSync(file, `${formatRecording(recording)}{"conn":`)
    const error = await rejection(replay(file))
    expect(error).toBeInstanceOf(RecordingError)
    expect((error as Error).message).toContain('line 4')
    expect(await readdir(place)).toEqual(['x.ndjson'])
    writeFileSync(file, formatRecording(recording))
    await using player = await replay(file, { loose: true })
    expect(player.missing).toEqual(['GET /a'])
  })
})
