import { describe, expect, test } from 'vitest'
import type { Content } from '../../src/replay/file/content.ts'
import type { RecordedEvent, Recording } from '../../src/replay/file/recording.ts'
import { gist } from './gist.ts'

const frame = (stream: number, text: string) =>
  `${String.fromCharCode(stream)}\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`

interface Told {
  status?: number
  type?: string
  inspect?: object
  pull?: string[]
  output?: string[]
}

function recording({
  status = 200,
  type = 'application/json',
  inspect = { Id: `1d0000000001${'0'.repeat(52)}`, Size: 1, Tags: ['a'], None: null },
  pull = ['{"status":"Pulling","id":"1"}\r\n', '{"error":"denied"}\r\n'],
  output = [frame(1, 'out\n'), frame(2, 'err\n'), frame(1, 'last')],
}: Told = {}): Recording {
  const json: Content = { json: inspect }
  const events: object[] = [
    { request: 'GET /v1.41/images/a/json', headers: {} },
    { answer: status, reason: 'X', headers: { 'Content-Type': type }, body: json },
    { request: 'POST /v1.41/images/create?tag=1&fromImage=a', headers: {} },
    { answer: 200, reason: 'OK', headers: { 'Transfer-Encoding': 'chunked' } },
    ...pull.map(text => ({ chunk: { text } })),
    { chunks: 'end' },
    { request: `POST /v1.41/containers/${'ab'.repeat(32)}/attach`, headers: {} },
    { answer: 101, reason: 'UPGRADED', headers: {} },
    ...output.map(text => ({ received: { text } })),
    { closed: 'engine' },
  ]
  return {
    head: { recording: 1 },
    events: events.map((event, at) => ({ conn: 1, at, ...event }) as RecordedEvent),
  }
}

test('is a line for each fact', () => {
  expect(gist(recording())).toEqual([
    'GET /images/a/json answer has {Id: string, None: null, Size: number, Tags: [string]}',
    'GET /images/a/json is answered 200 X, application/json',
    'POST /containers/ID/attach is answered 101 UPGRADED, no type',
    String.raw`POST /containers/ID/attach prints "err\n" on 2`,
    String.raw`POST /containers/ID/attach prints "out\nlast" on 1`,
    'POST /images/create?fromImage=a&tag=1 answer has {error: string}',
    'POST /images/create?fromImage=a&tag=1 answer has {id: string, status: string}',
    'POST /images/create?fromImage=a&tag=1 answer says error: denied',
    'POST /images/create?fromImage=a&tag=1 answer says status: Pulling',
    'POST /images/create?fromImage=a&tag=1 is answered 200 OK, no type',
  ])
})

describe('is the same', () => {
  test.each<[string, Told]>([
    ['for other values', { inspect: { Id: 'x', Size: 2, Tags: ['b', 'c'], None: null } }],
    ['for other chunks', { pull: ['{"status":"Pulling","id":"1"}\r\n{"error"', ':"denied"}\r\n'] }],
    [
      'for the same word twice',
      { pull: ['{"status":"Pulling","id":"1"}\n{"status":"Pulling","id":"2"}\n{"error":"denied"}'] },
    ],
    [
      'for a file system that is still mounted',
      { inspect: { Id: 'x', Size: 2, Tags: ['b'], None: null, MergedDir: '/m' } },
    ],
    ['for other frames', { output: [frame(1, 'out\nlast') + frame(2, 'err'), frame(2, '\n')] }],
  ])('%s', (_, told) => expect(gist(recording(told))).toEqual(gist(recording())))
})

describe('is another', () => {
  test.each<[string, Told]>([
    ['for another status', { status: 404 }],
    ['for another type', { type: 'text/plain' }],
    ['for a field more', { inspect: { Id: '', Size: 1, Tags: ['a'], None: null, New: true } }],
    ['for a field less', { inspect: { Id: '', Size: 1, Tags: ['a'] } }],
    ['for a field of another type', { inspect: { Id: '', Size: '1', Tags: ['a'], None: null } }],
    ['for other words', { pull: ['{"status":"Pulling","id":"1"}\r\n', '{"error":"unauthorized"}\r\n'] }],
    ['for other output', { output: [frame(1, 'out\n')] }],
    ['for output on another stream', { output: [frame(2, 'out\nlast'), frame(1, 'err\n')] }],
  ])('%s', (_, told) => expect(gist(recording(told))).not.toEqual(gist(recording())))
})
