import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/replay/file/recording.ts'
import { linkEvents, unlink } from '../../../src/replay/order/link.ts'

type Told = Record<string, unknown>

const id = 'c0ffee00c0ffee00'.repeat(4)
const of = (what: string, conn: number): Told => ({
  request: `POST /v1.41/containers/${id}/${what}`,
  headers: {},
  conn,
})
const ok = (conn: number, status = 200): Told => ({
  answer: status,
  reason: '',
  headers: { 'Transfer-Encoding': 'chunked' },
  conn,
})
const created: Told[] = [
  { request: 'POST /containers/create?name=job', headers: {}, conn: 1 },
  { answer: 201, reason: '', headers: { 'Content-Length': '1' }, body: { json: { Id: id } }, conn: 1 },
]
const attached: Told[] = [of('attach', 2), { answer: 101, reason: '', headers: {}, conn: 2 }]
const waited: Told[] = [of('wait', 3), ok(3)]
const output: Told = { received: { text: 'out' }, conn: 2 }
const ended: Told = { closed: 'engine', conn: 2 }
const exited: Told[] = [
  { chunk: { json: { StatusCode: 0 } }, conn: 3 },
  { chunks: 'end', conn: 3 },
]

/** What each utterance that waits for something waits for. */
function waits(...events: Told[]): Record<string, string[]> {
  const exchanges = unlink(linkEvents(events.map(event => ({ at: 0, ...event }) as RecordedEvent)))
  const short = (name: string) => name.replace(`/containers/${id}/`, '')
  return Object.fromEntries(
    exchanges.flatMap(({ said }) =>
      said.flatMap(({ after, ...one }) => (after ? [[Object.keys(one)[0], after.map(short)]] : [])),
    ),
  )
}

describe('a job', () => {
  const start = [of('start', 1), ok(1, 204)]

  test('output comes after the start, the exit after the start and the end of the output', () => {
    expect(waits(...created, ...attached, ...waited, ...start, output, ended, ...exited)).toEqual({
      received: ['POST start'],
      chunk: ['POST start', 'end of POST attach'],
    })
  })

  test('whose output ended a moment after the exit was told', () => {
    expect(waits(...created, ...attached, ...waited, ...start, output, ...exited, ended)).toMatchObject({
      chunk: ['POST start', 'end of POST attach'],
    })
  })

  test('whose output ended only after another request', () => {
    expect(
      waits(...created, ...attached, ...waited, ...start, output, ...exited, of('stop', 1), ended),
    ).toEqual({
      received: ['POST start'],
      closed: ['POST stop'],
      chunk: ['POST start'],
    })
  })

  test('that was stopped ends after the stop', () => {
    const stop = [of('stop?t=0', 1), ok(1, 204)]
    expect(waits(...created, ...attached, ...waited, ...start, output, ...stop, ended, ...exited)).toEqual({
      received: ['POST start'],
      closed: ['POST stop'],
      chunk: ['POST start', 'POST stop', 'end of POST attach'],
    })
  })

  test('that was killed twice ends after both', () => {
    const kills = [of('kill', 1), ok(1, 204), of('kill', 1), ok(1, 204)]
    expect(waits(...created, ...attached, ...start, output, ...kills, ended)).toMatchObject({
      closed: ['POST kill', 'POST kill #2'],
    })
  })

  test('of another container matters nothing', () => {
    const other = { request: `POST /containers/${'ab'.repeat(32)}/kill`, headers: {}, conn: 4 }
    expect(waits(...created, ...attached, other, ...start, output)).toEqual({ received: ['POST start'] })
  })

  test('by its name, or by the beginning of its id, is the same', () => {
    const named = { request: 'POST /containers/job/start', headers: {}, conn: 1 }
    const short = { request: `POST /containers/${id.slice(0, 12)}/kill`, headers: {}, conn: 1 }
    expect(waits(...created, ...attached, named, ok(1, 204), output, short, ok(1, 204), ended)).toEqual({
      received: ['POST /containers/job/start'],
      closed: [`POST /containers/${id.slice(0, 12)}/kill`],
    })
  })

  test('what was answered before a request need not be waited for', () => {
    expect(waits(...created, ...start, ...waited, ...exited)).toEqual({})
  })

  test('a wait that is answered at the exit alone waits as its exit does', () => {
    const late = [
      of('wait', 3),
      of('kill', 1),
      ok(1, 204),
      { answer: 200, reason: '', headers: {}, body: { json: {} }, conn: 3 },
    ]
    expect(waits(...created, ...late)).toEqual({ answer: ['POST kill'] })
  })
})

test('an event comes after what was asked of the container that it is of', () => {
  const events: Told[] = [{ request: 'GET /events', headers: {}, conn: 9 }, ok(9)]
  const die = { chunk: { json: { status: 'die', id } }, conn: 9 }
  expect(waits(...events, ...created, of('start', 1), ok(1, 204), die)).toEqual({ chunk: ['POST start'] })
})

test('an idle connection is closed after the last request', () => {
  const one: Told[] = [
    { request: 'GET /a', headers: {}, conn: 1 },
    { answer: 204, reason: '', headers: {}, conn: 1 },
    { request: 'GET /b', headers: {}, conn: 2 },
    { closed: 'engine', conn: 1 },
  ]
  expect(waits(...one)).toEqual({ closed: ['GET /b'] })
})

test('what a client closed, and what stands behind a close, is not said', () => {
  const events = [
    ...attached,
    { closed: 'client', conn: 2 },
    output,
    ...waited,
    { closed: 'engine', conn: 3 },
    ...exited,
  ]
  const linked = linkEvents(events.map(event => ({ at: 0, ...event }) as RecordedEvent))
  expect(
    linked.map(({ steps }) => steps.map(({ said }) => ('closed' in said ? 'closed' : 'answer'))),
  ).toEqual([['answer'], ['answer', 'closed']])
})
