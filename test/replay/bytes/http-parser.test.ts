import { describe, expect, test } from 'vitest'
import {
  HttpParser,
  type HttpPart,
  HttpSyntaxError,
  headerOf,
} from '../../../src/replay/bytes/http-parser.ts'
import { cut, random, tries } from '../../support/random.ts'

/** Heads as their first line, bodies as their bytes; those of one length may come in any number of pieces. */
function show(parts: Iterable<HttpPart>): string[] {
  const shown: string[] = []
  let framed = ''
  for (const part of parts) {
    const last = shown.at(-1)
    if (part.part === 'head') {
      framed = part.framed
      shown.push(`${part.startLine} (${framed})`)
    } else if (part.part === 'end') shown.push('end')
    else if (framed === 'chunks' || !last?.startsWith('= ')) shown.push(`= ${part.bytes.toString('latin1')}`)
    else shown[shown.length - 1] = last + part.bytes.toString('latin1')
  }
  return shown
}

function parse(direction: 'request' | 'answer', pieces: Iterable<Uint8Array>, bodiless = () => false) {
  const parser = new HttpParser(direction, bodiless)
  const parts: HttpPart[] = []
  for (const piece of pieces) {
    for (const part of parser.push(Buffer.from(piece)))
      parts.push(part.part === 'body' ? { ...part, bytes: Buffer.from(part.bytes) } : part)
  }
  return { shown: show(parts), midway: parser.midway }
}

interface Message {
  what: string
  text: string
  parts: string[]
  bodiless?: boolean
}

const messages: Record<'request' | 'answer', Message[]> = {
  request: [
    {
      what: 'no body',
      text: 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n',
      parts: ['GET /_ping HTTP/1.1 (none)', 'end'],
    },
    {
      what: 'a length',
      text: 'POST /auth HTTP/1.1\r\ncontent-LENGTH: 5\r\n\r\n{"a"}',
      parts: ['POST /auth HTTP/1.1 (length)', '= {"a"}', 'end'],
    },
    {
      what: 'a length of nothing',
      text: 'POST /x HTTP/1.0\r\nContent-Length: 0\r\n\r\n',
      parts: ['POST /x HTTP/1.0 (length)', 'end'],
    },
    {
      what: 'chunks',
      text: 'POST /load HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\n\n\r\n0\r\n\r\n',
      parts: ['POST /load HTTP/1.1 (chunks)', '= abc', '= \n', 'end'],
    },
    {
      what: 'two, one behind the other',
      text: 'POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\n\r\n',
      parts: ['POST /a HTTP/1.1 (length)', '= hi', 'end', 'GET /b HTTP/1.1 (none)', 'end'],
    },
  ],
  answer: [
    {
      what: 'a length, and bytes of all kinds',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\0\r\n\r\n\xff\x80',
      parts: ['HTTP/1.1 200 OK (length)', '= \0\r\n\r\n\xff\x80', 'end'],
    },
    {
      what: 'chunks with extensions, capitals and trailers',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n00A;x="y"\r\n0123456789\r\n2 ; a\r\n\r\n\r\n0;last\r\nDigest: x\r\nMore: y\r\n\r\n',
      parts: ['HTTP/1.1 200 OK (chunks)', '= 0123456789', '= \r\n', 'end'],
    },
    {
      what: 'a body until the end of the connection',
      text: 'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nNo such container\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
      parts: ['HTTP/1.1 404 Not Found (close)', '= No such container\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    },
    {
      what: 'to a HEAD, whatever its headers say',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      parts: ['HTTP/1.1 200 OK (none)', 'end', 'HTTP/1.1 200 OK (none)', 'end'],
      bodiless: true,
    },
    {
      what: '204 and 304',
      text: 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
      parts: ['HTTP/1.1 204 No Content (none)', 'end', 'HTTP/1.1 304 Not Modified (none)', 'end'],
    },
    {
      what: '1xx before the answer',
      text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}',
      parts: [
        'HTTP/1.1 100 Continue (none)',
        'end',
        'HTTP/1.1 103 (none)',
        'end',
        'HTTP/1.1 201 Created (length)',
        '= {}',
        'end',
      ],
    },
    {
      what: 'three, one behind the other',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\nHTTP/1.1 204 X\r\n\r\n',
      parts: [
        'HTTP/1.1 200 OK (length)',
        '= a',
        'end',
        'HTTP/1.1 200 OK (chunks)',
        '= b',
        'end',
        'HTTP/1.1 204 X (none)',
        'end',
      ],
    },
  ],
}

describe.each(['request', 'answer'] as const)('a %s', direction => {
  test.each(messages[direction])('with $what, cut anywhere', ({ text, parts, bodiless = false }) => {
    const bytes = Buffer.from(text, 'latin1')
    const read = (pieces: Iterable<Uint8Array>) => parse(direction, pieces, () => bodiless)
    expect(read([bytes])).toEqual({ shown: parts, midway: false })
    expect(read(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual({ shown: parts, midway: false })
    for (let a = 0; a <= bytes.length; a++)
      for (let b = a; b <= bytes.length; b += 1 + (bytes.length >> 6)) {
        const pieces = [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]
        expect(read(pieces).shown, `cut at ${a} and ${b}`).toEqual(parts)
      }
  })

  test.each(messages[direction])(
    'with $what is midway until its end',
    ({ text, parts, bodiless = false }) => {
      const bytes = Buffer.from(text, 'latin1')
      const read = (end: number) => parse(direction, [bytes.subarray(0, end)], () => bodiless)
      const whole = Array.from(bytes.keys()).filter(end => !read(end).midway)
      const messagesEnded = (end: number) => read(end).shown.filter(part => part === 'end').length
      // Not midway: where as many messages have ended as have begun, or a body may end anywhere.
      for (const end of whole) {
        const { shown } = read(end)
        const heads = shown.filter(part => part.startsWith('HTTP') || part.includes(' HTTP/')).length
        const untilClose = shown.some(part => part.endsWith('(close)'))
        expect(untilClose || messagesEnded(end) === heads, `after ${end} bytes`).toBe(true)
      }
      expect(parts.length).toBeGreaterThan(0)
    },
  )
})

test('the values of headers keep their colons, and their names any case', () => {
  const [head] = new HttpParser('request').push(
    Buffer.from('GET / HTTP/1.1\r\nX-Time:  12:30 \r\nx-empty:\r\nX-Time: later\r\n\r\n'),
  )
  if (head?.part !== 'head') throw new Error('no head')
  expect(head.headers).toEqual([
    ['X-Time', '12:30'],
    ['x-empty', ''],
    ['X-Time', 'later'],
  ])
  expect(headerOf(head.headers, 'x-time')).toBe('12:30')
  expect(headerOf(head.headers, 'x-other')).toBeUndefined()
})

test('what stands behind an upgrade is given back, and read no more', () => {
  const parser = new HttpParser('answer')
  const parts: string[] = []
  for (const part of parser.push(Buffer.from('HTTP/1.1 101 UPGRADED\r\n\r\n\x01\0\0\0'))) {
    parts.push(part.part)
    if (part.part === 'end') expect(parser.detach()).toEqual(Buffer.from('\x01\0\0\0'))
  }
  expect(parts).toEqual(['head', 'end'])
  expect([...parser.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))]).toEqual([])
  expect(parser.midway).toBe(false)
})

test('a chunk that has not come whole tells what it declared', () => {
  const parser = new HttpParser('answer')
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  expect(show(parser.push(Buffer.from(`${head}a\r\n0123`)))).toHaveLength(1)
  expect(parser.partialChunk).toEqual({ length: 10, bytes: Buffer.from('0123') })
  expect(show(parser.push(Buffer.from('456789\r')))).toEqual(['= 0123456789'])
  expect(parser.partialChunk).toBeUndefined()
})

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const wrong: Array<[what: string, direction: 'request' | 'answer', text: string]> = [
  ['TLS', 'request', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
  ['TLS', 'answer', '\x15\x03\x01\0\x02\x02\x16'],
  ['HTTP/2', 'request', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['words', 'request', 'hello there\r\n\r\n'],
  ['words', 'answer', 'Docker\r\n\r\n'],
  ['a request for an answer', 'answer', 'GET / HTTP/1.1\r\n\r\n'],
  ['a status of two digits', 'answer', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a header without a name', 'answer', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
  ['a header without a colon', 'answer', 'HTTP/1.1 200 OK\r\nx\r\n\r\n'],
  ['a length that is not a number', 'answer', 'HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n'],
  ['a negative length', 'request', 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n'],
  ['a chunk without a size', 'answer', `${chunked}\r\n`],
  ['a chunk whose size is none', 'answer', `${chunked}xyz\r\n`],
  ['a negative size', 'answer', `${chunked}-1\r\n`],
  ['a size beyond all bounds', 'answer', `${chunked}fffffffffff\r\n`],
  ['a chunk of more than 4 MiB', 'answer', `${chunked}400001\r\n`],
  ['a chunk longer than its size', 'answer', `${chunked}1\r\nabc\r\n`],
  ['a size line without an end', 'answer', `${chunked}1;${'x'.repeat(5000)}`],
  ['a trailer without an end', 'answer', `${chunked}0\r\n${'x'.repeat(5000)}`],
  ['a head without an end', 'answer', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(50_000)}`],
  ['a head of more than 256 KiB', 'request', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(50_000)}\r\n`],
]

test.each(wrong)('%s (%s) is refused, and given back', (_, direction, text) => {
  const bytes = Buffer.from(text, 'latin1')
  for (const pieces of [[bytes], cut(bytes, random(1), 4096)]) {
    const parser = new HttpParser(direction)
    const read = () => pieces.flatMap(piece => [...parser.push(Buffer.from(piece))])
    expect(read).toThrow(HttpSyntaxError)
    const rest = parser.detach()
    expect(rest.length).toBeGreaterThan(0)
    expect(bytes.includes(rest)).toBe(true)
  }
})

test('a chunk of 4 MiB, and a head of 256 KiB, are not too much', () => {
  const fill = 'x'.repeat(256 * 1024 - 'HTTP/1.1 200 OK\r\nX: '.length)
  const head = Buffer.from(`HTTP/1.1 200 OK\r\nX: ${fill}\r\n\r\n`)
  expect(parse('answer', [head]).shown).toEqual(['HTTP/1.1 200 OK (close)'])
  expect(parse('answer', cut(head, random(2), 70_000)).shown).toEqual(['HTTP/1.1 200 OK (close)'])
  const body = Buffer.concat([
    Buffer.from(`${chunked}400000\r\n`),
    Buffer.alloc(4 << 20),
    Buffer.from('\r\n0\r\n\r\n'),
  ])
  expect(parse('answer', cut(body, random(3), 1 << 20)).shown).toHaveLength(3)
})

/** What a parser makes of bytes: the parts, and whether it found them wrong. */
function outcome(direction: 'request' | 'answer', pieces: readonly Uint8Array[]) {
  const parser = new HttpParser(direction)
  const parts: HttpPart[] = []
  try {
    for (const piece of pieces) for (const part of parser.push(Buffer.from(piece))) parts.push(part)
    return { parts: show(parts), error: undefined }
  } catch (error) {
    return { parts: show(parts), error }
  }
}

test('whatever comes, cut however: the same parts, and no other error', () => {
  const below = random(20261123)
  const sources = Object.values(messages).flatMap(list => list.map(({ text }) => Buffer.from(text, 'latin1')))
  let wrong = 0
  for (let round = 0; round < tries; round++) {
    const bytes = Buffer.concat([0, 1].map(() => Buffer.from(sources[below(sources.length)] ?? '')))
    for (let damage = below(4); damage > 0; damage--) bytes[below(bytes.length)] = below(256)
    const text = bytes.subarray(0, below(8) === 0 ? below(bytes.length) : bytes.length)
    const direction = below(2) === 0 ? 'request' : 'answer'
    const whole = outcome(direction, [text])
    const pieces = outcome(direction, cut(text, below, 1 + below(9)))
    expect(pieces.parts, `round ${round}`).toEqual(whole.parts)
    expect(pieces.error instanceof HttpSyntaxError).toBe(whole.error instanceof HttpSyntaxError)
    for (const { error } of [whole, pieces]) {
      if (error !== undefined) expect(error).toBeInstanceOf(HttpSyntaxError)
    }
    if (whole.error !== undefined) wrong++
  }
  expect(wrong).toBeGreaterThan(tries / 10)
  expect(wrong).toBeLessThan(tries)
})
