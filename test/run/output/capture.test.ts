import { describe, expect, test } from 'vitest'
import { Capture } from '../../../src/run/output/capture.ts'
import { cut, random } from '../../support/random.ts'

/** All bytes kept, and the middle taken out at the end: what a capture must look like from outside. */
function naive(pieces: readonly Uint8Array[], limit: number): { text: string; dropped: number } {
  const all = Buffer.concat(pieces)
  const dropped = Math.max(0, all.length - limit)
  if (dropped === 0) return { text: all.toString(), dropped }
  if (limit === 0) return { text: '', dropped }
  let to = Math.floor(limit / 2)
  let from = to + dropped
  for (let skipped = 0; skipped < 3 && isContinuation(at(all, from)) && from < all.length; skipped++) from++
  const last = [1, 2, 3, 4].find(back => !isContinuation(at(all, to - back))) ?? 0
  if (last > 0 && last <= to && !isWhole(all.subarray(to - last, to))) to -= last
  const [head, tail] = [all.subarray(0, to), all.subarray(from)]
  return { text: `${head}\n[${dropped} bytes not kept]\n${tail}`, dropped }
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

function isWhole(character: Uint8Array): boolean {
  return Buffer.from(Buffer.from(character).toString()).equals(character)
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

function captured(pieces: readonly Uint8Array[], limit: number): { text: string; dropped: number } {
  const capture = new Capture(limit)
  for (const piece of pieces) capture.add(piece)
  return { text: capture.text(), dropped: capture.dropped }
}

describe('what is kept', () => {
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

  test('gives its text more than once, and takes more in between', () => {
    const capture = new Capture(4)
    capture.add(Buffer.from('abc'))
    expect([capture.text(), capture.text(), capture.dropped]).toEqual(['abc', 'abc', 0])
    capture.add(Buffer.from('def'))
    const text = 'ab\n[2 bytes not kept]\nef'
    expect([capture.text(), capture.text(), capture.dropped]).toEqual([text, text, 2])
  })
})

test('no character is cut in two, whatever the limit', () => {
  const text = 'aé€😀zaé€😀z'
  const bytes = Buffer.from(text)
  for (let limit = 1; limit < bytes.length; limit++) {
    const { text: kept, dropped } = captured([bytes], limit)
    const [head = '', tail = ''] = kept.split(`\n[${dropped} bytes not kept]\n`)
    expect([text.startsWith(head), text.endsWith(tail)]).toEqual([true, true])
    expect(Buffer.byteLength(head + tail)).toBeGreaterThan(limit - 7)
  }
})

describe('bytes that are no UTF-8', () => {
  test('are not eaten beyond three', () => {
    expect(captured([Buffer.alloc(20, 0x80)], 10).text).toBe(
      `${'\ufffd'.repeat(5)}\n[10 bytes not kept]\n${'\ufffd'.repeat(2)}`,
    )
  })

  test('begin where they began when all was kept', () => {
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
