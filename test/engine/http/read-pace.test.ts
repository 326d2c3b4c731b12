import { expect, test } from 'vitest'
import { ReadPace } from '../../../src/engine/http/read-pace.ts'

const kibibyte = 1024
/** What a socket holds, after which its writer waits. */
const held = 230 * kibibyte

/** Reads 16 MiB of what is written in pieces at that rate, in bytes a millisecond. */
function read({ rate, piece }: { rate: number; piece: number }) {
  const pace = new ReadPace()
  let [now, reads, rests, full] = [1000, 0, 0, 0]
  for (let left = 16 * 1024 * kibibyte, rested = false; left > 0; reads++) {
    const waited = rested ? 1.1 : piece / rate
    now += waited
    const bytes = Math.min(held, Math.floor((waited * rate) / piece) * piece)
    if (bytes === held) full++
    left -= bytes
    rested = pace.restAfter(bytes, () => now)
    if (rested) rests++
  }
  return { pieces: (16 * 1024 * kibibyte) / piece, reads, rests, full }
}

test.each([
  { rate: 12 * kibibyte, piece: 80 },
  { rate: 12 * kibibyte, piece: 32 * kibibyte },
  { rate: 1, piece: 80 },
])('what comes slowly is never waited for: $rate bytes/ms in pieces of $piece', stream => {
  expect(read(stream).rests).toBe(0)
})

test.each([300, 3000])('nor what is so fast that the socket would be full meanwhile: %i KiB/ms', rate => {
  expect(read({ rate: rate * kibibyte, piece: 32 * kibibyte }).rests).toBe(0)
})

test.each([60, 100, 150, 180])('what comes in many pieces is read in few: %i KiB/ms', rate => {
  const { pieces, reads, full } = read({ rate: rate * kibibyte, piece: 4 * kibibyte })
  expect(reads).toBeLessThan(pieces / 5)
  expect(full).toBe(0)
})

test('a rest that brings little is the last, until the stream has been seen to be fast again', () => {
  const pace = new ReadPace()
  pace.restAfter(0, () => 1000)
  expect(pace.restAfter(64 * kibibyte, () => 1001)).toBe(true)
  expect(pace.restAfter(64 * kibibyte, () => 1002)).toBe(true)
  expect(pace.restAfter(10 * kibibyte, () => 1003)).toBe(false)
  expect(pace.restAfter(64 * kibibyte, () => 1003.1)).toBe(false)
  expect(pace.restAfter(64 * kibibyte, () => 1004)).toBe(true)
})

test('a stream that went silent is measured again', () => {
  const pace = new ReadPace()
  pace.restAfter(0, () => 1000)
  expect(pace.restAfter(64 * kibibyte, () => 1001)).toBe(true)
  expect(pace.restAfter(64 * kibibyte, () => 2000)).toBe(false)
})

function resting(): ReadPace {
  const pace = new ReadPace()
  pace.restAfter(0, () => 1000)
  expect(pace.restAfter(64 * kibibyte, () => 1001)).toBe(true)
  return pace
}

test('a stream that fills the socket during a rest, and again at once, is left no more rests', () => {
  const pace = resting()
  for (const now of [1002, 1002.1, 1002.2]) expect(pace.restAfter(held, () => now)).toBe(false)
  expect(pace.restAfter(32 * kibibyte, () => 1002.3)).toBe(false)
})

test('one that fills it during a rest that was too long is read once at once, and rests again', () => {
  const pace = resting()
  expect(pace.restAfter(held, () => 1003)).toBe(false)
  expect(pace.restAfter(4 * kibibyte, () => 1003.1)).toBe(true)
  expect(pace.restAfter(4 * kibibyte, () => 1004)).toBe(false)
})
