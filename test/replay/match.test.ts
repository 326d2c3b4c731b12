import { describe, expect, test } from 'vitest'
import { exchangesOf, isWhole, keepsConnection, shapeOf } from '../../src/replay/match.ts'
import type { RecordedEvent } from '../../src/replay/recording.ts'

const id = 'c0ffee00c0ffee00'.repeat(4)

describe('two requests are alike', () => {
  test.each([
    ['by other ids', `GET /containers/${id}/json`, `GET /containers/${'1d'.repeat(32)}/json`],
    ['by other short ids', 'GET /containers/c0ffee00c0ff/json', 'GET /containers/1d0000000001/json'],
    ['by another API version', 'GET /v1.41/info', 'GET /v1.51/info'],
    ['with none', 'GET /info', 'GET /v1.51/info'],
    [
      'by the order of the query',
      'POST /images/create?tag=1&fromImage=a',
      'POST /images/create?fromImage=a&tag=1',
    ],
    [
      'by escapes in the query',
      'POST /images/create?fromImage=a%3A5000%2Fb',
      'POST /images/create?fromImage=a:5000/b',
    ],
    [
      'by a UUID',
      'POST /c?name=x-2b1e4c9a-7f3d-4e5a-9b8c-1d2e3f4a5b6c',
      'POST /c?name=x-00000000-0000-4000-8000-000000000001',
    ],
    ['by times', 'GET /logs?since=1764000000.123456789', 'GET /logs?since=1700000000'],
    ['by dates', 'GET /events?until=2026-11-23T15:24:01Z', 'GET /events?until=2026-01-01T00:00:00.000Z'],
    [
      'by an id inside JSON',
      `GET /json?filters={"id":["${id}"]}`,
      `GET /json?filters=${encodeURIComponent(`{"id":["${'ab'.repeat(32)}"]}`)}`,
    ],
    ['by a whole URL', 'GET http://docker/v1.41/info', 'GET /info'],
  ])('%s', (_, one, other) => expect(shapeOf(one)).toBe(shapeOf(other)))
})

describe('two requests differ', () => {
  test.each([
    ['by method', 'HEAD /_ping', 'GET /_ping'],
    ['by path', 'GET /info', 'GET /version'],
    ['by name', 'GET /containers/a/json', 'GET /containers/b/json'],
    ['by the query', 'POST /images/create?fromImage=a&tag=1', 'POST /images/create?fromImage=a&tag=2'],
    ['by a query or none', 'GET /json?all=1', 'GET /json'],
    ['by numbers that are no ids', 'POST /resize?h=123456789012', 'POST /resize?h=210987654321'],
    ['by slashes', 'GET //containers/json', 'GET /json'],
  ])('%s', (_, one, other) => expect(shapeOf(one)).not.toBe(shapeOf(other)))
})

test.each(['GET //', 'GET http://', 'GET *', 'GET /%zz?%', 'OPTIONS /?=&&=', 'x', '', 'GET /\u00ff'])(
  '%j has a shape',
  request => expect(typeof shapeOf(request)).toBe('string'),
)

const headers = {}
const events: RecordedEvent[] = [
  { conn: 1, at: 0, received: { text: 'before any request' } },
  { conn: 1, at: 0, request: 'GET /a', headers },
  { conn: 2, at: 0, request: 'POST /b', headers },
  { conn: 1, at: 0, answer: 204, reason: '', headers },
  { conn: 2, at: 0, answer: 101, reason: '', headers },
  { conn: 1, at: 0, request: 'GET /c', headers },
  { conn: 2, at: 0, sent: 'end' },
  { conn: 1, at: 0, closed: 'engine' },
]

test('what follows a request on its connection belongs to it', () => {
  const exchanges = exchangesOf(events)
  expect(exchanges.map(({ request, index }) => [request, index])).toEqual([
    ['GET /a', 1],
    ['POST /b', 2],
    ['GET /c', 5],
  ])
  expect(exchanges.map(({ steps }) => steps.map(({ index }) => index))).toEqual([[3], [4, 6], [7]])
})

describe('an exchange', () => {
  const answered = (method: string, ...after: object[]) => {
    const [exchange] = exchangesOf(
      [{ request: `${method} /x`, headers }, ...after].map(
        event => ({ conn: 1, at: 0, ...event }) as RecordedEvent,
      ),
    )
    if (exchange === undefined) throw new Error('no exchange')
    return exchange
  }
  const ok = (named: Record<string, string>) => ({ answer: 200, reason: 'OK', headers: named })

  test.each<[string, boolean, Parameters<typeof answered>]>([
    ['an upgrade', true, ['POST', { answer: 101, reason: '', headers }]],
    ['a body until the end', true, ['GET', ok({ Date: 'x' })]],
    ['the same after a 1xx', true, ['GET', { answer: 100, reason: '', headers }, ok({})]],
    ['a length', false, ['GET', ok({ 'content-LENGTH': '0' })]],
    ['chunks', false, ['GET', ok({ 'Transfer-Encoding': 'chunked' })]],
    ['no body to a HEAD', false, ['HEAD', ok({})]],
    ['a 204', false, ['DELETE', { answer: 204, reason: '', headers }]],
    ['a 304', false, ['POST', { answer: 304, reason: '', headers }]],
    ['no answer', false, ['GET']],
  ])('with %s keeps its connection: %s', (_, kept, events) => {
    expect(keepsConnection(answered(...events))).toBe(kept)
  })

  test.each<[string, boolean, Parameters<typeof answered>]>([
    ['no answer', false, ['GET']],
    ['a 100 alone', false, ['GET', { answer: 100, reason: '', headers }]],
    ['a length', true, ['GET', ok({ 'Content-Length': '2' })]],
    ['a length that was not reached', false, ['GET', { ...ok({ 'Content-Length': '2' }), length: 2 }]],
    [
      'chunks and their end',
      true,
      ['GET', ok({ 'transfer-encoding': 'chunked' }), { chunk: { text: 'a' } }, { chunks: 'end' }],
    ],
    [
      'chunks without an end',
      false,
      ['GET', ok({ 'transfer-encoding': 'chunked' }), { chunk: { text: 'a' } }],
    ],
    ['chunks to a HEAD', true, ['HEAD', ok({ 'transfer-encoding': 'chunked' })]],
    ['a 204', true, ['DELETE', { answer: 204, reason: '', headers }]],
  ])('with %s is whole: %s', (_, whole, events) => expect(isWhole(answered(...events))).toBe(whole))
})
