import { describe, expect, test } from 'vitest'
import { Capture } from '../../../src/run/output/capture.ts'
import { cut, random } from '../../support/random.ts'

/** All bytes kept, and cut at the end: what a ring must look like from outside. */
function naive(pieces: readonly Uint8Array[], limit: number): { text: string; dropped: number } {
  const all = Buffer.concat(pieces)
  const dropped = Math.max(0, all.length - limit)
  let from = dropped
  if (dropped > 0) while (from < all.length && from < dropped + 3 && (at(all, from) & 0xc0) === 0x80) from++
  return { text: all.toString('utf8', from), dropped }
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

function captured(pieces: readonly Uint8Array[], limit: number): { text: string; dropped: number } {
  const capture = new Capture(limit)
  for (const piece of pieces) capture.add(piece)
  return { text: capture.text(), dropped: capture.dropped }
}

describe('the ring', () => {
  const letters = Buffer.from('abcdefghijklmnopqrstuvwxyz')

  test.each([0, 1, 2, 7, 8, 9, 26, 27])('a limit of %i, two pieces cut anywhere', limit => {
    for (let middle = 0; middle <= letters.length; middle++) {
      const pieces = [letters.subarray(0, middle), letters.subarray(middle)]
      expect(captured(pieces, limit)).toEqual(naive(pieces, limit))
    }
  })

  test.each([1, 2, 3, 5])('a limit of 8, filled by pieces of %i', size => {
    const pieces: Uint8Array[] = []
    for (let from = 0; from < letters.length; from += size) {
      pieces.push(letters.subarray(from, from + size))
      expect(captured(pieces, 8)).toEqual(naive(pieces, 8))
    }
  })

  test('grows past its first size, and no further than its limit', () => {
    const pieces = [4095, 1, 1, 4096, 3000, 10].map((length, index) => Buffer.alloc(length, 65 + index))
    for (const limit of [4095, 4096, 4097, 10_000, 11_203, 20_000])
      expect(captured(pieces, limit)).toEqual(naive(pieces, limit))
  })

  test('keeps a copy: the bytes that it was given may change', () => {
    const capture = new Capture(10)
    const bytes = Buffer.from('before')
    capture.add(bytes)
    bytes.fill('x')
    expect(capture.text()).toBe('before')
  })

  test('tells more than once, and takes more in between', () => {
    const capture = new Capture(4)
    capture.add(Buffer.from('abc'))
    expect([capture.text(), capture.text(), capture.dropped]).toEqual(['abc', 'abc', 0])
    capture.add(Buffer.from('def'))
    expect([capture.text(), capture.text(), capture.dropped]).toEqual(['cdef', 'cdef', 2])
  })
})

describe('begins at a character', () => {
  const text = 'aé€😀z'

  test('whatever the limit', () => {
    const bytes = Buffer.from(text)
    for (let limit = 1; limit <= bytes.length; limit++) {
      const { text: kept } = captured([bytes], limit)
      expect(text.endsWith(kept)).toBe(true)
      expect(Buffer.byteLength(kept)).toBeGreaterThan(limit - 4)
    }
  })

  test('bytes that are no UTF-8 are not eaten beyond three', () => {
    expect(captured([Buffer.alloc(20, 0x80)], 10).text).toBe('\ufffd'.repeat(7))
  })

  test('a stream that was kept whole begins where it began', () => {
    expect(captured([Buffer.from([0x80, 0x41])], 2)).toEqual({ text: '\ufffdA', dropped: 0 })
  })
})

test.each([1, 2, 3, 4, 5])('any pieces and any limit, seed %i', seed => {
  const below = random(seed)
  for (let round = 0; round < 200; round++) {
    const bytes = Buffer.from(Array.from({ length: below(300) }, () => 'aé€😀\n'[below(6)] ?? 'b').join(''))
    const pieces = cut(bytes, below, 1 + below(60))
    const limit = below(320)
    expect(captured(pieces, limit)).toEqual(naive(pieces, limit))
  }
})
