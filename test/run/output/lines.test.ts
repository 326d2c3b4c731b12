import { describe, expect, test } from 'vitest'
import { LineSplitter } from '../../../src/run/output/lines.ts'
import { cut, random } from '../../support/random.ts'

function lines(pieces: readonly Uint8Array[], tty = false): string[] {
  const splitter = new LineSplitter(tty)
  const found = pieces.flatMap(piece => splitter.push(piece))
  return [...found, ...splitter.end()]
}

function naive(bytes: Uint8Array, tty: boolean): string[] {
  const found = Buffer.from(bytes)
    .toString('utf8')
    .split(tty ? /\r?\n/ : '\n')
  return found.at(-1) === '' ? found.slice(0, -1) : found
}

test.each<[string, string[]]>([
  ['', []],
  ['\n', ['']],
  ['a', ['a']],
  ['a\n', ['a']],
  ['a\n\nb', ['a', '', 'b']],
  ['\n\n', ['', '']],
  ['a\r\nb', ['a\r', 'b']],
  ['a\u2028b\u0085c\vd', ['a\u2028b\u0085c\vd']],
  ['\ufeffa\n', ['\ufeffa']],
  ['nul\0l\n', ['nul\0l']],
])('%j', (text, expected) => {
  expect(lines([Buffer.from(text)])).toEqual(expected)
})

test.each<[string, string[]]>([
  ['a\r\nb\r\n', ['a', 'b']],
  ['a\nb\r\n', ['a', 'b']],
  ['10%\r20%\r\n', ['10%\r20%']],
  ['a\r', ['a\r']],
  ['a\r\r\n', ['a\r']],
])('a terminal’s %j, cut anywhere', (text, expected) => {
  const bytes = Buffer.from(text)
  for (let middle = 0; middle <= bytes.length; middle++)
    expect(lines([bytes.subarray(0, middle), bytes.subarray(middle)], true)).toEqual(expected)
})

test('characters of two, three and four bytes, cut in three anywhere', () => {
  const text = 'é€😀\nñ\n\n漢字 👩‍👩‍👧'
  const bytes = Buffer.from(text)
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
      expect(lines(pieces)).toEqual(text.split('\n'))
    }
  }
})

test('what is no UTF-8 is replaced, and takes no newline with it', () => {
  expect(lines([Buffer.from([0xe2, 0x82]), Buffer.from([0x0a, 0xff, 0x41])])).toEqual(['\ufffd', '\ufffdA'])
})

test('two streams don’t mix: a character of one is finished by its own bytes', () => {
  const [stdout, stderr] = [new LineSplitter(false), new LineSplitter(false)]
  const euro = Buffer.from('€\n')
  expect(stdout.push(euro.subarray(0, 1))).toEqual([])
  expect(stderr.push(Buffer.from('no\n'))).toEqual(['no'])
  expect(stdout.push(euro.subarray(1))).toEqual(['€'])
})

test('keeps a copy: the bytes that it was given may change', () => {
  const splitter = new LineSplitter(false)
  const bytes = Buffer.from('before')
  splitter.push(bytes)
  bytes.fill('x')
  expect(splitter.end()).toEqual(['before'])
})

describe('a line of more than 1 MiB', () => {
  const limit = 1024 * 1024

  test('of exactly that comes whole', () => {
    const pieces = [Buffer.alloc(limit - 1, 'a'), Buffer.from('b'), Buffer.from('\nnext\n')]
    expect(lines(pieces).map(line => line.length)).toEqual([limit, 4])
  })

  test('comes in pieces, which don’t cut a character', () => {
    const text = `${'x'.repeat(limit - 1)}😀${'y'.repeat(limit)}`
    const bytes = Buffer.from(text)
    for (const overlap of [1, 2, 3, 4]) {
      const at = limit - 1 + overlap
      const found = lines([bytes.subarray(0, at), bytes.subarray(at), Buffer.from('z\nnext\n')])
      expect(found.at(-1)).toBe('next')
      expect(found.slice(0, -1).join('')).toBe(`${text}z`)
      expect(found.slice(0, -1).filter(piece => piece.includes('\ufffd'))).toEqual([])
    }
  })

  test('that ends with its last piece is followed by no empty line', () => {
    expect(lines([Buffer.alloc(limit + 1, 'a'), Buffer.from('\nnext\n')]).map(line => line.length)).toEqual([
      limit + 1,
      4,
    ])
    expect(lines([Buffer.alloc(limit + 1, 'a'), Buffer.from('\n\n')]).map(line => line.length)).toEqual([
      limit + 1,
      0,
    ])
  })

  test('does not let memory grow with a line that never ends', () => {
    const splitter = new LineSplitter(false)
    const piece = Buffer.alloc(64 * 1024, 'a')
    let given = 0
    let taken = 0
    for (let round = 0; round < 200; round++) {
      given += piece.length
      taken += splitter.push(piece).join('').length
      expect(given - taken).toBeLessThanOrEqual(limit)
    }
  })
})

test.each([
  [1, false],
  [2, false],
  [3, true],
  [4, true],
])('any text in any pieces, seed %i, tty %s', (seed, tty) => {
  const below = random(seed)
  const alphabet = ['a', 'é', '€', '😀', '\n', '\r\n', '\r', '\ufffd']
  for (let round = 0; round < 200; round++) {
    const text = Array.from({ length: below(120) }, () => alphabet[below(alphabet.length)]).join('')
    const bytes = Buffer.from(text)
    expect(lines(cut(bytes, below, 1 + below(30)), tty)).toEqual(naive(bytes, tty))
  }
})
