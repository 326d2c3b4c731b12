import { expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { random, tries } from '../support/random.ts'

/** A text, and the part of it that tells a secret, in UTF-16 units. */
interface Told {
  text: string
  start: number
  end: number
}

/** An encoding that writes each character for itself. */
function each(encode: (text: string) => string) {
  return ({ text, start, end }: Told): Told => ({
    text: encode(text),
    start: encode(text.slice(0, start)).length,
    end: encode(text.slice(0, end)).length,
  })
}

/** Base64 of which the secret takes some characters in part. */
function base64(alphabet: 'base64' | 'base64url') {
  return ({ text, start, end }: Told): Told => {
    const bits = (at: number) => Buffer.byteLength(text.slice(0, at)) * 8
    return {
      text: Buffer.from(text).toString(alphabet),
      start: Math.floor(bits(start) / 6),
      end: Math.ceil(bits(end) / 6),
    }
  }
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
const json = (text: string) => JSON.stringify(text).slice(1, -1)
const percent = (text: string, kept: RegExp) =>
  Array.from(Buffer.from(text), byte => {
    const character = String.fromCharCode(byte)
    return kept.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  }).join('')
const html = (text: string) =>
  text.replace(
    /[<>&"']/g,
    sign => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&#34;' })[sign] ?? '&#x27;',
  )

const encodings = {
  plain: (told: Told) => told,
  json: each(json),
  goJson: each(text => json(text).replace(/[<>&]/g, escaped)),
  asciiJson: each(text => json(text).replace(/[^ -~]/g, escaped)),
  slashes: each(text => json(text).replaceAll('/', '\\/')),
  url: each(text => percent(text, /[A-Za-z0-9_.!~*'()-]/)),
  form: each(text => percent(text, /[A-Za-z0-9_.*-]/).replaceAll('%20', '+')),
  lowerUrl: each(text => percent(text, /[a-z]/).replace(/%../g, part => part.toLowerCase())),
  html: each(html),
  numericHtml: each(text => text.replace(/[^ -%'-~]/gu, sign => `&#${sign.codePointAt(0)};`)),
  base64: base64('base64'),
  base64url: base64('base64url'),
}

const alphabets: ReadonlyArray<readonly string[]> = [
  [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'],
  [...'abcdef0123456789'],
  [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ kyzW'],
  [...'äöüßñ密鑰🔑aé'],
  [...'\t\n\r"\\/ax'],
  // A secret may itself look escaped.
  ['%41', '%c3', '&lt;', '&#60;', '\\u0041', '\\n', 'a', 'b'],
]

// The beginning of an escape may be read together with what follows, in the secret or behind it.
const unfinished = /(?:\\{1,8}[xu]?\{?[0-9a-f]{0,7}|%[0-9a-f]?|&#?\w{0,7}){1,4}$/i

test('a secret is found in any encoding, within any other', () => {
  const below = random(20_261_129)
  const pick = <T>(all: readonly T[]): T => all[below(all.length)] as T
  const word = (from: readonly string[], length: number) => Array.from({ length }, () => pick(from)).join('')
  for (let round = 0; round < tries; round++) {
    const secret = word(pick(alphabets), 12 + below(40))
    const before = word(pick(alphabets.slice(0, 5)), below(12)).replace(unfinished, '')
    const after = word(pick(alphabets.slice(0, 5)), below(12))
    const ways = Array.from({ length: 1 + below(3) }, () => pick(Object.entries(encodings)))
    const names = ways.map(([name]) => name)
    const certain = secret.replace(unfinished, '')
    const plain = { text: before + secret + after, start: before.length, end: (before + certain).length }
    const told = ways.reduce((inner, [, encode]) => encode(inner), plain)
    const from = Buffer.byteLength(told.text.slice(0, told.start))
    const to = Buffer.byteLength(told.text.slice(0, told.end))
    const found = new Redactor(['not this one', secret]).find(Buffer.from(told.text))
    const about = JSON.stringify({ round, secret, names, before, told: told.text, found, from, to })
    const covers = found.some(({ start, end }) => start <= from && end >= to)
    expect(covers, about).toBe(true)
  }
})
