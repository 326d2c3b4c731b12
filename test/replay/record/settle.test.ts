import { describe, expect, test } from 'vitest'
import { edit } from '../../../src/replay/edit.ts'
import {
  formatRecording,
  parseRecording,
  type RecordedEvent,
  RecordingError,
} from '../../../src/replay/file/recording.ts'
import { compose } from '../../../src/replay/record/compose.ts'
import { Secrets } from '../../../src/replay/secrets/secrets.ts'

type Told = Record<string, unknown>

const ids = ['c0ffee00c0ffee00', 'deadbeefdeadbeef', 'abcdef00abcdef00'].map(part => part.repeat(4))
const asked = (request: string, conn: number): Told => ({ request, headers: {}, conn })
const ok = (conn: number, more: Told = {}): Told => ({
  answer: 200,
  reason: 'OK',
  headers: { 'Transfer-Encoding': 'chunked' },
  conn,
  ...more,
})
const frame = (stream: number, text: string) =>
  Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, Buffer.byteLength(text)]), Buffer.from(text)])
const received = (conn: number, ...bytes: Buffer[]): Told => ({
  received: { base64: Buffer.concat(bytes).toString('base64') },
  conn,
})

const composed = (events: Told[], normalize = true) =>
  compose(
    events.map((event, at) => ({ at, ...event }) as RecordedEvent),
    new Secrets(),
    { normalize },
  )
const file = (events: Told[]) => formatRecording(composed(events)).replaceAll(/"headers":\{[^}]*\},?/g, '')

/** A job of three requests on its container, on three connections from this one on. */
function job(index: number, conn: number): { create: Told[]; follow: Told[]; run: Told[] } {
  const id = ids[index]
  return {
    create: [
      { ...asked('POST /containers/create', conn), body: { json: { Cmd: [`job ${index}`] } } },
      { answer: 201, reason: '', headers: {}, body: { json: { Id: id } }, conn },
    ],
    follow: [
      asked(`POST /containers/${id}/attach`, conn + 1),
      { answer: 101, reason: '', headers: {}, conn: conn + 1 },
      asked(`POST /containers/${id}/wait`, conn + 2),
      ok(conn + 2),
    ],
    run: [
      asked(`POST /containers/${id}/start`, conn),
      { answer: 204, reason: '', headers: {}, conn },
      received(conn + 1, frame(1, `out ${index}\n`)),
      { closed: 'engine', conn: conn + 1 },
      { chunk: { text: '{"StatusCode":0}\n' }, conn: conn + 2 },
      { chunks: 'end', conn: conn + 2 },
    ],
  }
}

describe('two recordings of one conversation are one file', () => {
  test('on whichever connections, in whatever cuts of the output', () => {
    const one = job(0, 1)
    const other = job(0, 5)
    const id = ids[0]
    const cut = [
      ...other.create,
      // The wait went out first, and the output came in other frames and reads.
      asked(`POST /containers/${id}/wait`, 9),
      asked(`POST /containers/${id}/attach`, 8),
      ok(9),
      { answer: 101, reason: '', headers: {}, conn: 8 },
      asked(`POST /containers/${id}/start`, 5),
      received(8, frame(1, 'ou').subarray(0, 9)),
      { answer: 204, reason: '', headers: {}, conn: 5 },
      received(8, frame(1, 'ou').subarray(9), frame(1, 't 0\n')),
      { chunk: { text: '{"Status' }, conn: 9 },
      { chunk: { text: 'Code":0}\n' }, conn: 9 },
      { closed: 'engine', conn: 8 },
      { chunks: 'end', conn: 9 },
      { closed: 'client', conn: 9 },
    ]
    expect(file(cut)).toBe(file([...one.create, ...one.follow, ...one.run]))
  })

  test('of jobs at the same time, in whichever order they came', () => {
    const [one, two, three] = [job(0, 1), job(1, 4), job(2, 7)]
    const first = [
      ...one.create,
      ...two.create,
      ...three.create,
      ...one.follow,
      ...two.follow,
      ...three.follow,
      ...one.run,
      ...two.run,
      ...three.run,
    ]
    const second = [
      ...three.create,
      ...three.follow,
      ...two.create,
      ...one.create,
      ...one.follow,
      ...three.run,
      ...two.follow,
      ...two.run,
      ...one.run,
    ]
    expect(file(second)).toBe(file(first))
  })

  test('while jobs one after another keep their order', () => {
    const [one, two] = [job(0, 1), job(1, 4)]
    const order = (events: Told[]) =>
      composed(events).exchanges.flatMap(({ body }) => (body && 'json' in body ? [body.json] : []))
    const all = (job: typeof one) => [...job.create, ...job.follow, ...job.run]
    expect(order([...all(one), ...all(two)])).toEqual([{ Cmd: ['job 0'] }, { Cmd: ['job 1'] }])
    expect(order([...all(two), ...all(one)])).toEqual([{ Cmd: ['job 1'] }, { Cmd: ['job 0'] }])
  })

  test('and what was asked beside a job stands behind it: a create that is refused makes it optional', () => {
    const { create, follow, run } = job(0, 1)
    const info = [
      asked('GET /info', 9),
      { ...ok(9, { headers: { 'Content-Length': '2' } }), body: { json: {} } },
    ]
    const recording = composed([...create, ...follow, ...info, ...run])
    expect(recording.exchanges.at(-1)?.request).toBe('GET /info')
    const { exchanges } = edit(recording).refuse('POST /containers/create', 500, 'no space').recording
    expect(exchanges.filter(({ optional }) => !optional).map(({ request }) => request)).toEqual([
      'POST /containers/create',
    ])
  })

  test('of a pull, however often its progress was told, and whichever layer was first', () => {
    const pull = (...lines: object[]): Told[] => [
      asked('POST /images/create?fromImage=a', 1),
      ok(1),
      ...lines.map(line => ({ chunk: { text: `${JSON.stringify(line)}\r\n` }, conn: 1 })),
      { chunks: 'end', conn: 1 },
    ]
    const layer = (id: string, status: string, progressDetail = {}) => ({ status, progressDetail, id })
    const head = { status: 'Pulling from a', id: '1' }
    const one = pull(
      head,
      layer('a', 'Pulling'),
      layer('b', 'Pulling'),
      layer('a', 'Downloading', { current: 1 }),
      layer('a', 'Done'),
      layer('b', 'Done'),
      { status: 'Digest' },
    )
    const other = pull(
      head,
      layer('a', 'Pulling'),
      layer('b', 'Pulling'),
      layer('b', 'Done'),
      layer('a', 'Done'),
      { status: 'Digest' },
    )
    expect(file(one)).toBe(file(other))
    expect(file(one)).not.toContain('Downloading')
  })
})

test('output is a line for each stream, and can be read', () => {
  const id = ids[0]
  const events = [
    asked(`POST /containers/${id}/attach`, 1),
    { answer: 101, reason: '', headers: {}, conn: 1 },
    received(1, frame(2, 'error\n'), frame(1, 'é'.repeat(90))),
    received(1, frame(1, '\n')),
    { sent: { text: 'in' }, conn: 1 },
    received(1, frame(1, 'more')),
  ]
  expect(composed(events).exchanges[0]?.said.slice(1)).toEqual([
    { output: 'stdout', text: `${'é'.repeat(90)}\n` },
    { output: 'stderr', text: 'error\n' },
    { sent: { text: 'in' } },
    { output: 'stdout', text: 'more' },
  ])
  expect(composed(events, false).exchanges[0]?.said.slice(1)).toMatchObject([
    { output: 'stderr', text: 'error\n', at: 2 },
    { output: 'stdout', text: 'é'.repeat(90), at: 2 },
    { output: 'stdout', text: '\n', at: 3 },
    { sent: { text: 'in' }, at: 4 },
    { output: 'stdout', text: 'more', at: 5 },
  ])
})

test.each<[what: string, bytes: Buffer[]]>([
  ['of a terminal', [Buffer.from('one\r\n'), Buffer.from('two\r\n')]],
  ['with less than a frame', [frame(1, 'out').subarray(0, 9)]],
])('output %s stays as it is', (_, parts) => {
  const events = [
    asked('POST /attach', 1),
    { answer: 101, reason: '', headers: {}, conn: 1 },
    ...parts.map(part => received(1, part)),
  ]
  expect(composed(events).exchanges[0]?.said.slice(1)).toEqual([
    { received: { text: Buffer.concat(parts).toString() } },
  ])
})

test('half of a frame stands behind the whole ones', () => {
  const events = [
    asked('POST /attach', 1),
    { answer: 101, reason: '', headers: {}, conn: 1 },
    received(1, frame(1, 'out'), frame(1, 'lost').subarray(0, 9)),
    { closed: 'engine', conn: 1 },
  ]
  expect(composed(events).exchanges[0]?.said.slice(1)).toEqual([
    { output: 'stdout', text: 'out' },
    { received: { text: '\x01\0\0\0\0\0\0\x04l' } },
    { closed: 'engine' },
  ])
})

test('logs keep their frames: each is a message', () => {
  const events = [
    asked(`GET /containers/${ids[0]}/logs`, 1),
    ok(1),
    { chunk: { base64: Buffer.concat([frame(1, 'a\n'), frame(1, 'b\n')]).toString('base64') }, conn: 1 },
    { chunks: 'end', conn: 1 },
  ]
  expect(composed(events).exchanges[0]?.said.slice(1)).toEqual([
    { output: 'stdout', text: 'a\n' },
    { output: 'stdout', text: 'b\n' },
    { chunks: 'end' },
  ])
})

test('much output is several lines, cut behind a line or between characters', () => {
  const lines = 'x'.repeat(99)
  const said = (text: string) => {
    const events = [
      asked('POST /attach', 1),
      { answer: 101, reason: '', headers: {}, conn: 1 },
      { received: { text }, conn: 1 },
    ]
    return (
      composed(events).exchanges[0]?.said.flatMap(one =>
        'received' in one && 'text' in one.received ? [one.received.text] : [],
      ) ?? []
    )
  }
  const cut = said(`${lines}\n`.repeat(2_000))
  expect(cut.length).toBeGreaterThan(2)
  for (const part of cut) expect(part).toMatch(/^(x{99}\n)+$/)
  const characters = said('€'.repeat(60_000))
  expect(characters.length).toBe(3)
  expect(characters.join('')).toBe('€'.repeat(60_000))
})

describe('a file of version 2', () => {
  const recording = composed([...job(0, 1).create, ...job(0, 1).follow, ...job(0, 1).run], false)
  const text = formatRecording(recording)

  test('comes back as it was, and can be written by hand', () => {
    expect(parseRecording(text)).toEqual(recording)
    expect(text.trimEnd().split('\n').at(-1)).toBe('{"requests":4}')
  })

  test('that was cut anywhere is not one', () => {
    for (let end = 1; end < text.length - 2; end++)
      expect(() => parseRecording(text.slice(0, end))).toThrow(RecordingError)
    expect(() => parseRecording(text.slice(0, text.lastIndexOf('{')))).toThrow('the recording is not whole')
    const [head, , ...rest] = text.split('\n')
    expect(() => parseRecording([head, ...rest].join('\n'))).toThrow(
      'line 2 of the recording belongs to no request',
    )
  })

  test('of a later version is distinguished from a file that is not a recording', () => {
    expect(() => parseRecording('{"recording":3}\n')).toThrow(
      'version 3; this holdfast reads versions 1 and 2',
    )
  })
})
