import { type Reading, ReadingWriter } from './reading.ts'

const ampersand = 0x26
const backslash = 0x5c
const percent = 0x25

/** What an escape sequence stands for, and the index behind it. */
interface Escape {
  readonly bytes: Uint8Array
  readonly end: number
}

/**
 * Decodes one level of escaping: `%41`, the backslash escapes of JSON, Go, Python and C, and HTML's character references.
 * A run of backslashes counts as one, however often the text was quoted. Undefined where there is nothing to decode.
 */
export function decodeEscapes(source: Reading): Reading | undefined {
  const { bytes } = source
  if (![ampersand, backslash, percent].some(sign => bytes.includes(sign))) return undefined
  const decoded = new ReadingWriter(source, bytes.length)
  let escapes = 0
  for (let at = 0; at < bytes.length; ) {
    const sequence = readEscape(bytes, at)
    if (sequence === undefined) decoded.add(bytes[at] ?? 0, at, at)
    else for (const byte of sequence.bytes) decoded.add(byte, at, sequence.end - 1)
    if (sequence !== undefined) escapes++
    at = sequence?.end ?? at + 1
  }
  return escapes === 0 ? undefined : decoded.reading()
}

function readEscape(bytes: Uint8Array, at: number): Escape | undefined {
  const sign = bytes[at]
  if (sign === percent) return readPercent(bytes, at)
  if (sign === ampersand) return readReference(bytes, at)
  return sign === backslash ? readBackslashes(bytes, at) : undefined
}

function readPercent(bytes: Uint8Array, at: number): Escape | undefined {
  const byte = hexadecimal(bytes, at + 1, 2)
  return byte === undefined ? undefined : { bytes: Uint8Array.of(byte), end: at + 3 }
}

const controls = 'abtnvfr'

function readBackslashes(bytes: Uint8Array, from: number): Escape {
  const at = behindBackslashes(bytes, from)
  const byte = bytes[at]
  if (byte === undefined) return { bytes: new Uint8Array(0), end: at }
  const letter = String.fromCharCode(byte)
  const coded = letter === 'x' ? hexadecimal(bytes, at + 1, 2) : undefined
  if (coded !== undefined) return { bytes: Uint8Array.of(coded), end: at + 3 }
  const control = controls.indexOf(letter)
  const plain = control === -1 ? byte : 0x07 + control
  return readUnicode(bytes, at, letter) ?? { bytes: Uint8Array.of(plain), end: at + 1 }
}

function behindBackslashes(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === backslash) at++
  return at
}

/** `u003c`, `u{1f511}`, `U0001f511`, and a pair of surrogates `ud83d\udd11`. */
function readUnicode(bytes: Uint8Array, at: number, letter: string): Escape | undefined {
  if (letter === 'U') return character(hexadecimal(bytes, at + 1, 8), at + 9)
  if (letter !== 'u') return undefined
  const braced = /^\{([0-9a-f]{1,6})\}/i.exec(latin1(bytes, at + 1, at + 9))
  if (braced !== null) return character(Number.parseInt(braced[1] ?? '', 16), at + 1 + braced[0].length)
  const unit = hexadecimal(bytes, at + 1, 4)
  const next = behindBackslashes(bytes, at + 5)
  const low = next > at + 5 && bytes[next] === 0x75 ? hexadecimal(bytes, next + 1, 4) : undefined
  if (unit !== undefined && low !== undefined && unit >> 10 === 0x36 && low >> 10 === 0x37) {
    return character(0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff), next + 5)
  }
  return character(unit, at + 5)
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const reference = /^&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-f]{1,6}));/i

function readReference(bytes: Uint8Array, at: number): Escape | undefined {
  const [text = '', name = '', decimal, hex = ''] = reference.exec(latin1(bytes, at, at + 10)) ?? []
  if (text === '') return undefined
  const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
  const end = at + text.length
  return name === '' ? character(code, end) : { bytes: Buffer.from(named[name.toLowerCase()] ?? ''), end }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}

// As UTF-8; half a pair of surrogates becomes U+FFFD, in a secret as well as in a text.
function character(code: number | undefined, end: number): Escape | undefined {
  if (code === undefined || code > 0x10ffff) return undefined
  return { bytes: Buffer.from(String.fromCodePoint(code)), end }
}

function hexadecimal(bytes: Uint8Array, at: number, digits: number): number | undefined {
  let value = 0
  for (let index = at; index < at + digits; index++) {
    const digit = hexadecimalDigit(bytes[index] ?? 0)
    if (digit === -1) return undefined
    value = value * 16 + digit
  }
  return value
}

function hexadecimalDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
