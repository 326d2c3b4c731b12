import { type Reading, ReadingWriter } from './reading.ts'

/** By byte: the six bits of a digit in either alphabet. */
const digits = new Int8Array(256).fill(-1)
Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').forEach((digit, bits) => {
  digits[digit] = bits
})
digits[0x2d] = 62
digits[0x5f] = 63
const lineFeed = 0x0a
const carriageReturn = 0x0d
const gap = 64

/** The digits of a text's runs of base64, and the place of each; a `gap` ends each run. */
interface Runs {
  readonly bits: Uint8Array
  readonly places: Uint32Array
}

/**
 * Decodes every run of at least `shortest` base64 digits, from each of the four digits at which a byte may begin: what
 * stands before a run may be made of digits, too. A run may be broken into lines.
 */
export function* decodeBase64(source: Reading, shortest: number): Generator<Reading> {
  const lengths = runLengths(source.bytes, shortest)
  if (lengths.length === 0) return
  const runs = readRuns(source.bytes, lengths)
  for (let skip = 0; skip < 4; skip++) yield decode(source, runs, skip)
}

/** Where each run of digits starts, and how many it has. */
function runLengths(bytes: Uint8Array, shortest: number): Array<[start: number, length: number]> {
  const runs: Array<[number, number]> = []
  let start = 0
  let length = 0
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if ((digits[byte] ?? -1) !== -1) {
      if (length === 0) start = at
      length++
    } else if (length > 0 && byte !== lineFeed && byte !== carriageReturn) {
      if (length >= shortest) runs.push([start, length])
      length = 0
    }
  }
  return runs
}

function readRuns(bytes: Uint8Array, lengths: ReadonlyArray<[start: number, length: number]>): Runs {
  const size = lengths.reduce((sum, [, length]) => sum + length + 1, 0)
  const bits = new Uint8Array(size)
  const places = new Uint32Array(size)
  let filled = 0
  for (const [start, length] of lengths) {
    for (let at = start, left = length; left > 0; at++) {
      const digit = digits[bytes[at] ?? 0] ?? -1
      if (digit === -1) continue
      bits[filled] = digit
      places[filled++] = at
      left--
    }
    bits[filled] = gap
    places[filled] = places[filled - 1] ?? 0
    filled++
  }
  return { bits, places }
}

function decode(source: Reading, { bits, places }: Runs, skip: number): Reading {
  const decoded = new ReadingWriter(source, bits.length)
  let start = 0
  let value = 0
  for (let at = 0; at < bits.length; at++) {
    const digit = bits[at] ?? 0
    const place = places[at] ?? 0
    if (digit === gap) {
      // A byte between the runs: a secret does not go on from one to the next.
      decoded.add(0, place, place)
      start = at + 1
      continue
    }
    value = ((value << 6) | digit) & 0xffff
    const spare = (6 * (at - start - skip + 1)) % 8
    if (at - start > skip && spare < 6) decoded.add((value >> spare) & 0xff, places[at - 1] ?? 0, place)
  }
  return decoded.reading()
}
