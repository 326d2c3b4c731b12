import { decodeBase64 } from './base64.ts'
import { decodeEscapes } from './escapes.ts'
import { endOf, type Reading, startOf } from './reading.ts'
import { type Match, type Pattern, Search } from './search.ts'

/** Bytes that spell a secret. */
export interface Found {
  start: number
  end: number
  /** The index of the secret in the list given. */
  secret: number
}

/** How many encodings may be nested. */
const depth = 5
/** Bytes that may be decoded for each byte of a text; beyond that the text is masked as a whole. */
const effort = 64
/** Bytes. A shorter match in decoded text is a coincidence. */
const evident = 4
/** The longest spelling of a byte that is taken to be one: `\\\\\\\\u003c` has 14. */
const widest = 16
const windowSize = 64 * 1024

/** What errors and events show in place of a secret. */
export const redacted = '[redacted]'

/**
 * Finds secrets in a text: verbatim, escaped for JSON, Go, HTML or a URL, in base64, and in any nesting of these, up to five
 * deep. No regular expression is built from a secret. Time is linear in the length of the text; memory is bounded by the
 * length of the longest secret.
 */
export class Redactor {
  readonly #search: Search
  readonly #shortest: number
  /** The most bytes that one spelled secret takes: hold back that many where a text is cut. */
  readonly reach: number

  /** @param secrets {@link Found} refers to them by index; empty ones are ignored. */
  constructor(secrets: readonly string[]) {
    const patterns = secrets.flatMap(spellings)
    const lengths = patterns.map(({ bytes }) => bytes.length)
    this.#search = new Search(patterns)
    this.#shortest = lengths.reduce((least, length) => Math.min(least, length), Number.POSITIVE_INFINITY)
    this.reach = widest * lengths.reduce((most, length) => Math.max(most, length), 0)
  }

  /** True where there is nothing to look for. */
  get empty(): boolean {
    return this.reach === 0
  }

  /** Where secrets stand in the bytes, in order; none overlaps the next. */
  find(bytes: Uint8Array): Found[] {
    if (bytes.length < this.#shortest) return []
    const size = Math.max(windowSize, 4 * this.reach)
    const found: Found[] = []
    for (let from = 0; ; from += size - this.reach) {
      const last = from + size >= bytes.length
      for (const { start, end, secret } of this.#findIn(bytes.subarray(from, from + size))) {
        // What starts in the last part of a window may be cut off: the next one has it whole.
        if (last || start < size - this.reach) found.push({ start: from + start, end: from + end, secret })
      }
      if (last) return merged(found)
    }
  }

  #findIn(bytes: Uint8Array): Found[] {
    let left = bytes.length * effort
    const found: Found[] = []
    const search = (reading: Reading, deeper: number, encoded: boolean) => {
      left -= reading.bytes.length
      if (left < 0) return
      for (const match of this.#search.in(reading.bytes)) {
        if (!encoded || match.end - match.start >= evident) found.push(place(match, reading))
      }
      if (deeper === 0) return
      const plain = decodeEscapes(reading)
      if (plain !== undefined) search(plain, deeper - 1, encoded)
      const shortest = Math.ceil((Math.max(evident, this.#shortest) * 8) / 6)
      for (const inner of decodeBase64(reading, shortest)) search(inner, deeper - 1, true)
    }
    search({ bytes }, depth, false)
    return left < 0 ? [{ start: 0, end: bytes.length, secret: 0 }] : merged(found)
  }

  /**
   * The text with a mask in place of each secret.
   * @param limit bytes of the text that are wanted at most. A secret that stands across the limit is masked as a whole
   * if the text goes on for `reach` bytes behind it.
   */
  redact(text: string, { mask = () => redacted, limit = Number.POSITIVE_INFINITY }: Masking = {}): string {
    if (text.length * 3 < this.#shortest && text.length * 3 <= limit) return text
    const bytes = Buffer.from(text)
    const found = this.find(bytes)
    if (found.length === 0 && bytes.length <= limit) return text
    const parts: string[] = []
    let at = 0
    for (const { start, end, secret } of found) {
      if (start >= limit) break
      parts.push(bytes.toString('utf8', at, start), mask(secret))
      at = end
    }
    return parts.join('') + bytes.toString('utf8', at, Math.max(at, Math.min(bytes.length, limit)))
  }
}

/** How {@link Redactor.redact} writes a text. */
export interface Masking {
  /** What stands for a secret, by its index. Default: `[redacted]` for each. */
  mask?: (secret: number) => string
  limit?: number
}

/** The beginning of an escape sequence, which what follows a secret may complete. */
const unfinished = /(?:\\{1,8}[xu]?\{?[0-9a-f]{0,7}|%[0-9a-f]?|&#?\w{0,7}){1,4}$/i

/** The bytes of a secret, and what they become where a text, and the secret's own look of escapes with it, is decoded. */
function spellings(text: string, secret: number): Pattern[] {
  const whole = decodings(text)
  const cut = decodings(text.replace(unfinished, '')).filter(bytes => bytes.length >= evident)
  const decoded = [...whole, ...cut].slice(1).filter(bytes => bytes.length >= Math.min(evident, text.length))
  return [...whole.slice(0, 1), ...decoded].map(bytes => ({ bytes, secret }))
}

function decodings(text: string): Uint8Array[] {
  const all: Uint8Array[] = []
  let reading: Reading | undefined = { bytes: Buffer.from(text) }
  while (reading !== undefined && reading.bytes.length > 0 && all.length <= depth) {
    all.push(reading.bytes)
    reading = decodeEscapes(reading)
  }
  return all
}

function place({ start, end, pattern }: Match, reading: Reading): Found {
  return { start: startOf(reading, start), end: endOf(reading, end - 1), secret: pattern.secret }
}

function merged(found: Found[]): Found[] {
  const result: Found[] = []
  for (const next of found.toSorted((one, other) => one.start - other.start)) {
    const last = result.at(-1)
    if (last === undefined || next.start >= last.end) result.push({ ...next })
    else last.end = Math.max(last.end, next.end)
  }
  return result
}
