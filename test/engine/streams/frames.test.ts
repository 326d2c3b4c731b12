import { describe, expect, test } from 'vitest'
import { FrameDecoder, type OutputChunk } from '../../../src/engine/streams/frames.ts'
import { engineError } from '../../support/errors.ts'
import { cut, random, tries } from '../../support/random.ts'

const names = ['stdout', 'stdout', 'stderr', 'systemerr'] as const

function header(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes[0] = type
  bytes.writeUInt32BE(length, 4)
  return bytes
}

function frame(type: number, payload: string | Uint8Array): Buffer {
  return Buffer.concat([header(type, Buffer.from(payload).length), Buffer.from(payload)])
}

/** Decodes chunks one after another; pieces of one stream that follow each other are shown as one. */
function decode(chunks: Iterable<Uint8Array>): Array<[OutputChunk['stream'], string]> {
  const decoder = new FrameDecoder()
  const shown: Array<[OutputChunk['stream'], string]> = []
  // A copy, as the decoder may write into what it is given.
  for (const chunk of chunks) for (const piece of decoder.decode(Buffer.from(chunk))) show(shown, piece)
  decoder.end()
  return shown
}

function show(shown: Array<[OutputChunk['stream'], string]>, { stream, bytes }: OutputChunk): void {
  const text = Buffer.from(bytes).toString('latin1')
  const last = shown.at(-1)
  if (last?.[0] === stream) last[1] += text
  else shown.push([stream, text])
}

describe('three frames, one of them empty', () => {
  const bytes = Buffer.concat([frame(1, 'out'), frame(2, ''), frame(2, 'error'), frame(1, 'o')])
  const expected = [
    ['stdout', 'out'],
    ['stderr', 'error'],
    ['stdout', 'o'],
  ]
  const positions = Array.from(bytes.keys())

  test('cut at every position', () => {
    for (const at of positions)
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)]), `at ${at}`).toEqual(expected)
  })

  test('cut at every two positions', () => {
    for (const a of positions)
      for (const b of positions.slice(a)) {
        const chunks = [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]
        expect(decode(chunks), `at ${a} and ${b}`).toEqual(expected)
      }
  })

  test('one byte at a time', () => {
    expect(decode(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(expected)
  })

  test('broken off at every position', () => {
    const boundaries = [0, 11, 19, 32]
    for (const at of positions) {
      const broken = () => decode([bytes.subarray(0, at)])
      if (boundaries.includes(at)) expect(broken, `at ${at}`).not.toThrow()
      else expect(broken, `at ${at}`).toThrow(/broke off inside a frame/)
    }
  })
})

test.each([
  [0, 'stdout'],
  [1, 'stdout'],
  [2, 'stderr'],
  [3, 'systemerr'],
] as const)('type %i is %s', (type, stream) => {
  expect(decode([frame(type, 'x')])).toEqual([[stream, 'x']])
})

test('after the Engine spoke of trouble more frames may follow', () => {
  const bytes = Buffer.concat([
    frame(1, 'a'),
    frame(3, 'Error grabbing logs: EOF'),
    frame(1, 'b'),
    frame(2, 'c'),
  ])
  expect(decode([bytes])).toEqual([
    ['stdout', 'a'],
    ['systemerr', 'Error grabbing logs: EOF'],
    ['stdout', 'b'],
    ['stderr', 'c'],
  ])
})

test('10,000 frames of one byte in one chunk come as one piece, in place', () => {
  const payload = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251))
  const chunk = Buffer.concat(Array.from(payload, byte => frame(1, Uint8Array.of(byte))))
  const pieces = [...new FrameDecoder().decode(chunk)]
  expect(pieces).toHaveLength(1)
  expect(pieces.map(({ bytes }) => Buffer.from(bytes).equals(payload))).toEqual([true])
  expect(pieces.map(({ bytes }) => bytes.buffer === chunk.buffer)).toEqual([true])
})

test('a frame of 64 MiB passes through: every chunk is one piece of the same memory', () => {
  const decoder = new FrameDecoder()
  expect([...decoder.decode(header(2, 64 * 1024 * 1024))]).toEqual([])
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let index = 0; index < 1024; index++) {
    const pieces = [...decoder.decode(chunk)]
    expect(pieces).toHaveLength(1)
    expect(pieces[0]?.bytes.buffer === chunk.buffer && pieces[0].bytes.length === chunk.length).toBe(true)
  }
  decoder.end()
})

test('large payloads are not moved', () => {
  const chunk = Buffer.concat([frame(1, Buffer.alloc(5000, 'a')), frame(1, Buffer.alloc(5000, 'b'))])
  const before = Buffer.from(chunk)
  const pieces = [...new FrameDecoder().decode(chunk)]
  expect(pieces.map(({ bytes }) => bytes.length)).toEqual([5000, 5000])
  expect(chunk.equals(before)).toBe(true)
})

test.each([0x7fffffff, 0x80000000, 0xffffffff])('a length of %i is no negative number', length => {
  const decoder = new FrameDecoder()
  const pieces = [...decoder.decode(Buffer.concat([header(1, length), Buffer.from('abc')]))]
  expect(pieces).toEqual([{ stream: 'stdout', bytes: Buffer.from('abc') }])
  expect(() => decoder.end()).toThrow(/inside a frame/)
})

describe('what is no frame', () => {
  const bad = [
    ['type 4', header(4, 1)],
    ['type 9', header(9, 1)],
    ['text', Buffer.from('Hello, world')],
    ['a byte where a zero belongs', Buffer.from([1, 0, 1, 0, 0, 0, 0, 1])],
  ] as const

  test.each(bad)('%s', async (_, bytes) => {
    const error = await engineError((async () => decode([bytes]))())
    expect(error).toMatchObject({ code: 'bad-answer', hint: expect.stringContaining('tty') })
  })

  test.each(bad)('%s, after good ones: these are delivered, wherever the cut', (_, bytes) => {
    const all = Buffer.concat([frame(1, 'good'), bytes])
    for (let at = 0; at <= all.length; at++) {
      const seen: string[] = []
      const decoder = new FrameDecoder()
      const run = () => {
        for (const chunk of [all.subarray(0, at), all.subarray(at)])
          for (const piece of decoder.decode(Buffer.from(chunk)))
            seen.push(Buffer.from(piece.bytes).toString())
        decoder.end()
      }
      expect(run, `at ${at}`).toThrow(/not framed/)
      expect(seen.join(''), `at ${at}`).toBe('good')
    }
  })
})

/** As the Engine's documentation has it, over the whole of the bytes. */
function reference(bytes: Buffer): Array<[OutputChunk['stream'], string]> {
  const shown: Array<[OutputChunk['stream'], string]> = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4)
    const payload = bytes.subarray(at + 8, at + 8 + length)
    if (length > 0) show(shown, { stream: names[bytes[at] ?? 0] ?? 'stdout', bytes: payload })
    at += 8 + length
  }
  return shown
}

test(`any frames, cut anywhere, are what a decoder of the whole makes of them (${tries} rounds)`, () => {
  const below = random(20261123)
  const sizes = [0, 1, 2, 7, 8, 9, 100, 4095, 4096, 4097, 10_000]
  for (let round = 0; round < tries; round++) {
    const frames = Array.from({ length: 1 + below(12) }, () =>
      frame(below(4), Buffer.alloc(sizes[below(sizes.length)] ?? 0, 97 + below(26))),
    )
    const bytes = Buffer.concat(frames)
    const longest = [1, 9, 1000, 20_000][below(4)] ?? 1
    expect(decode(cut(bytes, below, longest)), `round ${round}`).toEqual(reference(bytes))
  }
}, 600_000)

test(`any bytes give pieces or an EngineError (${tries} rounds)`, () => {
  const below = random(7)
  const seen = new Set<string>()
  for (let round = 0; round < tries; round++) {
    const length = 8 * (1 + below(3)) + below(2)
    const bytes = Buffer.from(Array.from({ length }, () => (below(20) === 0 ? below(256) : 0)))
    try {
      decode(cut(bytes, below, 9))
      seen.add('pieces')
    } catch (error) {
      seen.add(String(error))
      expect(error).toHaveProperty('name', 'EngineError')
    }
  }
  expect(seen.size, [...seen].join()).toBe(3)
})
