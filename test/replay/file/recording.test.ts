import { describe, expect, test } from 'vitest'
import { fromContent, fromHeaders, toContent, toHeaders } from '../../../src/replay/file/content.ts'
import {
  type EventRecording,
  formatRecording,
  parseRecording,
  RecordingError,
} from '../../../src/replay/file/recording.ts'
import { random } from '../../support/random.ts'

describe('bytes', () => {
  test.each<[what: string, bytes: string | Buffer, content: object]>([
    ['JSON', '{"a":[1,null,"é"]}', { json: { a: [1, null, 'é'] } }],
    ['JSON and a line end', '{"status":"Pulling"}\r\n', { json: { status: 'Pulling' }, end: '\r\n' }],
    ['an empty list', '[]\n', { json: [], end: '\n' }],
    ['text', 'No such container\r\n', { text: 'No such container\r\n' }],
    ['nothing', '', { text: '' }],
    [
      'JSON as Go escapes it',
      String.raw`{"a":"\u003cb\u003e\u0026"}`,
      { text: String.raw`{"a":"\u003cb\u003e\u0026"}` },
    ],
    ['JSON with spaces in it', '{"a": 1}', { text: '{"a": 1}' }],
    [
      'a number too big for JSON.parse',
      '{"timeNano":1764000000123456789}',
      { text: '{"timeNano":1764000000123456789}' },
    ],
    ['a number written otherwise', '{"a":1.0}', { text: '{"a":1.0}' }],
    ['keys that would change places', '{"b":1,"1":2}', { text: '{"b":1,"1":2}' }],
    ['keys that come twice', '{"a":1,"a":2}', { text: '{"a":1,"a":2}' }],
    ['two lines of JSON', '{"a":1}\n{"b":2}\n', { text: '{"a":1}\n{"b":2}\n' }],
    ['JSON that is no object', '"text"', { text: '"text"' }],
    ['half of JSON', '{"a":', { text: '{"a":' }],
    ['a frame', Buffer.from('\x01\0\0\0\0\0\0\x02hi'), { text: '\x01\0\0\0\0\0\0\x02hi' }],
    ['what is no UTF-8', Buffer.from([0x01, 0xff, 0x00]), { base64: 'Af8A' }],
    ['half of a character', Buffer.from('é').subarray(0, 1), { base64: 'ww==' }],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80]), { base64: '7aCA' }],
    ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), { text: '\ufeff{}' }],
  ])('%s are written so, and come back', (_, bytes, content) => {
    const given = Buffer.from(bytes)
    const written = toContent(given)
    expect(written).toEqual(content)
    expect(fromContent(JSON.parse(JSON.stringify(written)))).toEqual(given)
  })

  test('of any kind come back', () => {
    const below = random(7)
    const words = ['{', '}', '"', '[1]', '\\', '\n', '\u2028', '\ud800', 'é', '\0', 'null', ':', ' ']
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: below(12) }, () => words[below(words.length)]).join('')
      const bytes = Buffer.from(text, below(3) === 0 ? 'latin1' : 'utf8')
      expect(fromContent(JSON.parse(JSON.stringify(toContent(bytes))))).toEqual(bytes)
    }
  })

  test('a megabyte of spaces takes no time', () => {
    const bytes = Buffer.concat([Buffer.alloc(1 << 20, ' '), Buffer.from('x')])
    const started = performance.now()
    expect(fromContent(toContent(bytes)).equals(bytes)).toBe(true)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('that are absent are none', () => expect(fromContent(undefined)).toEqual(Buffer.alloc(0)))
})

test('headers keep their order, their spelling and their repetitions', () => {
  const list = [
    ['Date', 'today'],
    ['Set-Cookie', 'a'],
    ['set-cookie', 'b'],
    ['Set-Cookie', 'c'],
  ] as const
  const headers = toHeaders(list.map(([name, value]) => [name, value]))
  expect(headers).toEqual({ Date: 'today', 'Set-Cookie': ['a', 'c'], 'set-cookie': 'b' })
  expect(fromHeaders(headers)).toEqual([
    ['Date', 'today'],
    ['Set-Cookie', 'a'],
    ['Set-Cookie', 'c'],
    ['set-cookie', 'b'],
  ])
})

const recording: EventRecording = {
  head: { recording: 1, engine: 'docker-20.10', result: { kind: 'ok' } },
  events: [
    {
      conn: 1,
      at: 0,
      request: 'POST /v1.41/exec/x/start',
      headers: { upgrade: 'tcp' },
      body: { json: { Tty: true } },
    },
    { conn: 1, at: 1, answer: 101, reason: 'UPGRADED', headers: { Upgrade: 'tcp' } },
    { conn: 1, at: 1, received: { base64: 'Af8A' } },
    { conn: 1, at: 2, sent: { text: 'line\n' } },
    { conn: 1, at: 2, sent: 'end' },
    { conn: 2, at: 3, request: 'GET /x', headers: { a: ['1', '2'] } },
    { conn: 2, at: 4, answer: 200, reason: '', headers: {}, body: { text: 'cut' }, length: 10 },
    { conn: 2, at: 5, closed: 'engine' },
    { conn: 3, at: 6, request: 'GET /events', headers: {} },
    { conn: 3, at: 6, answer: 200, reason: 'OK', headers: { 'Transfer-Encoding': 'chunked' } },
    { conn: 3, at: 7, chunk: { json: { status: 'a' }, end: '\r\n' } },
    { conn: 3, at: 7, chunk: { text: 'ab' }, length: 4 },
    { conn: 3, at: 8, chunks: 'end' },
    { conn: 3, at: 9, closed: 'client' },
  ],
}

test('a recording is a line for its head and for each event', () => {
  const text = formatRecording(recording)
  expect(text.split('\n')).toHaveLength(recording.events.length + 2)
  expect(parseRecording(text)).toEqual(recording)
  expect(formatRecording(parseRecording(text))).toBe(text)
})

test('empty lines, and those that end as on Windows, do no harm', () => {
  const text = formatRecording(recording).replaceAll('\n', '\r\n\r\n')
  expect(parseRecording(`\n${text}\n`)).toEqual(recording)
})

describe('broken by hand', () => {
  const good = '{"conn":1,"at":0,"request":"GET /x","headers":{}}'

  test.each([
    ['a line that is cut', '{"conn":1,"at":0,"requ', 'line 3 of the recording is not JSON'],
    ['a comment', '// later', 'line 3 of the recording is not JSON'],
    ['a list', '[]', 'line 3 of the recording is not understood: look at its braces'],
    ['a text', '"request"', 'line 3 of the recording is not understood: look at its braces'],
    ['an event of no kind', '{"conn":1,"at":0}', 'its kind'],
    ['an event of another kind', '{"conn":1,"at":0,"pushed":{}}', 'its kind'],
    ['no connection', '{"at":0,"closed":"engine"}', 'its conn'],
    ['half a connection', '{"conn":1.5,"at":0,"closed":"engine"}', 'its conn'],
    ['a time before the beginning', '{"conn":1,"at":-1,"closed":"engine"}', 'its at'],
    ['a time in words', '{"conn":1,"at":"0","closed":"engine"}', 'its at'],
    ['a request that is none', '{"conn":1,"at":0,"request":5,"headers":{}}', 'its request'],
    ['a request in braces', '{"conn":1,"at":0,"request":{},"headers":{}}', 'its request'],
    ['a request without a path', '{"conn":1,"at":0,"request":"GET","headers":{}}', 'its request'],
    ['a request without headers', '{"conn":1,"at":0,"request":"GET /"}', 'its headers'],
    ['headers that are no texts', '{"conn":1,"at":0,"request":"GET /","headers":{"a":1}}', 'its headers'],
    ['a body that is a text', '{"conn":1,"at":0,"request":"GET /","headers":{},"body":"x"}', 'its body'],
    [
      'a body of an unknown kind',
      '{"conn":1,"at":0,"request":"GET /","headers":{},"body":{"xml":""}}',
      'its body',
    ],
    ['base64 that is none', '{"conn":1,"at":0,"received":{"base64":"a b"}}', 'its received'],
    ['an answer in words', '{"conn":1,"at":0,"answer":"OK","reason":"","headers":{}}', 'its answer'],
    ['an answer without a reason', '{"conn":1,"at":0,"answer":200,"headers":{}}', 'its reason'],
    ['a length in words', '{"conn":1,"at":0,"chunk":{"text":""},"length":"1"}', 'its length'],
    ['chunks that go on', '{"conn":1,"at":0,"chunks":"more"}', 'its chunks'],
    ['a half-close of another kind', '{"conn":1,"at":0,"sent":"more"}', 'its sent'],
    ['closed by nobody', '{"conn":1,"at":0,"closed":true}', 'its closed'],
  ])('%s: the line is named', (_, line, words) => {
    const text = `{"recording":1}\n${good}\n${line}\n${good}\n`
    expect(() => parseRecording(text)).toThrow(RecordingError)
    expect(() => parseRecording(text)).toThrow(words)
    expect(() => parseRecording(text)).toThrow('line 3')
  })

  test('empty lines are counted', () => {
    expect(() => parseRecording(`{"recording":1}\n\n\n${good}\n{`)).toThrow('line 5')
  })

  test.each(['', '\n', `${good}\n`, '{"recording":"1"}', '[1]', 'null', '{}'])('%j is no recording', text =>
    expect(() => parseRecording(text)).toThrow(/not a recording: its first line/),
  )

  test('a recording that ends anywhere is one, or names its last line', () => {
    const text = formatRecording(recording)
    for (let end = 1; end < text.length; end++) {
      const cut = text.slice(0, end)
      const line = cut.trimEnd().split('\n').length
      try {
        expect(parseRecording(cut)).toHaveProperty('events.length', line - 1)
      } catch (error) {
        expect(error).toBeInstanceOf(RecordingError)
        expect((error as Error).message).toContain(`line ${line} `)
      }
    }
  })
})
