import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { random } from '../support/random.ts'

const redact = (text: string, ...secrets: string[]) => new Redactor(secrets).redact(text)
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('is taken out', () => {
  const secret = 'a<b"\\c&d/é'
  test.each([
    ['as it is', secret],
    ['in HTML', 'a&lt;b&quot;\\c&amp;d/é'],
    ['in HTML, by numbers', 'a&#60;b&#x22;&#92;c&#x26;d&#x2F;&#xe9;'],
    ['in HTML in HTML', 'a&amp;lt;b&amp;#34;\\c&amp;amp;d/é'],
    ['in a URL', 'a%3Cb%22%5Cc%26d%2F%C3%A9'],
    ['in a URL, twice', 'a%253Cb%2522%255Cc%2526d%252F%25C3%25A9'],
    ['in a URL, three times', 'a%25253cb%252522%25255cc%252526d%25252f%2525c3%2525a9'],
    ["in Go's JSON", 'a\\u003cb\\"\\\\c\\u0026d/é'],
    ["in Go's JSON in JSON", 'a\\\\u003cb\\\\\\"\\\\\\\\c\\\\u0026d/é'],
    ['in C', 'a\\x3cb\\x22\\\\c\\x26d/\\xc3\\xa9'],
    ['in Rust', 'a\\u{3c}b\\"\\\\c&d/\\u{e9}'],
    ['in JSON in a URL', encodeURIComponent(JSON.stringify(secret)).slice(3, -3)],
  ])('%s', (_, spelling) => {
    expect(redact(`x ${spelling} y`, secret)).toBe('x [redacted] y')
  })

  test('of characters beyond the 16 bits', () => {
    for (const spelling of [
      '\\ud83d\\udd11-ab',
      '\\U0001f511-ab',
      '\\u{1F511}-ab',
      '&#128273;-ab',
      '%F0%9F%94%91-ab',
    ])
      expect(redact(`(${spelling})`, '🔑-ab'), spelling).toBe('([redacted])')
  })

  test('in base64, wherever it stands in it', () => {
    for (let before = 0; before < 7; before++) {
      for (let after = 0; after < 4; after++) {
        const text = base64(`${'.'.repeat(before)}pl4nted-s3cret${'.'.repeat(after)}`)
        const [head = '', tail = ''] = redact(text, 'pl4nted-s3cret').split('[redacted]')
        expect('.'.repeat(before)).toContain(Buffer.from(head, 'base64').toString())
        expect(tail.length).toBeLessThanOrEqual(after * 2 + 2)
      }
    }
  })

  test('in the payload of a JWT, after other digits, in broken lines', () => {
    const payload = Buffer.from(JSON.stringify({ pair: base64('me:pl4nted-s3cret') })).toString('base64url')
    expect(redact(`eyJhbGciOiJub25lIn0.${payload}.c2ln`, 'pl4nted-s3cret')).toMatch(
      /^eyJhbGciOiJub25lIn0\.\w+\[redacted\]\w*\.c2ln$/,
    )
    expect(redact(`token/${base64('pl4nted-s3cret')}`, 'pl4nted-s3cret')).toMatch(/^token\/\[redacted\]=$/)
    const lines = base64('pl4nted-s3cret').replace(/.{6}/g, '$&\r\n')
    expect(redact(lines, 'pl4nted-s3cret')).toBe('[redacted]=')
    expect(redact(JSON.stringify(lines), 'pl4nted-s3cret')).toBe('"[redacted]="')
  })

  test('every time, and where secrets overlap', () => {
    expect(redact('abcdef abc abcdef', 'abc', 'abcdef')).toBe('[redacted] [redacted] [redacted]')
    expect(redact('xababay', 'aba', 'bab')).toBe('x[redacted]y')
  })

  test('of half a character', () => {
    expect(redact('(x\ud800y)', 'x\ud800y')).toBe('([redacted])')
  })

  test('with what looks like escapes itself', () => {
    const secret = '%41&lt;\\u0041-x'
    for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      expect(redact(`"${spelling}"`, secret), spelling).toBe('"[redacted]"')
    expect(redact('\\\\ and \\', '\\\\')).toBe('[redacted] and \\')
  })

  test('a long one of special characters', () => {
    const long = '!"$%&/()=?\\*+#[{^|.'.repeat(200)
    const token = base64('0123456789'.repeat(5_000))
    for (const secret of [long, token])
      for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
        expect(redact(`<${spelling}>`, secret)).toBe('<[redacted]>')
  })
})

test('other texts stay as they are', () => {
  const texts = ['', 'x', 'pl4nted_s3cret PL4NTED-S3CRET pl4nted-s3cre', '\\\\ %zz &; \ud800 +', '🔑é']
  for (const text of texts) expect(redact(text, 'pl4nted-s3cret')).toBe(text)
  expect(redact('text')).toBe('text')
  expect(redact('text', '')).toBe('text')
})

test('a mask may say which secret it was', () => {
  const redactor = new Redactor(['first', 'second'])
  expect(redactor.redact('second, first', { mask: secret => `[secret:${secret + 1}]` })).toBe(
    '[secret:2], [secret:1]',
  )
})

describe('a limit', () => {
  const redactor = new Redactor(['pl4nted-s3cret'])

  test('cuts no secret in two', () => {
    const text = 'ab pl4nted-s3cret cd'
    for (let limit = 0; limit < text.length; limit++) {
      const kept = text.slice(0, limit)
      const whole = limit > 17 ? `ab [redacted]${text.slice(17, limit)}` : 'ab [redacted]'
      expect(redactor.redact(text, { limit })).toBe(limit > 3 ? whole : kept)
    }
  })

  test('leaves a shorter text alone', () => {
    expect(redactor.redact('é', { limit: 2 })).toBe('é')
  })
})

describe('places', () => {
  test('are found where windows meet', () => {
    const redactor = new Redactor(['pl4nted-s3cret', 'x'.repeat(3_000)])
    const bytes = Buffer.alloc(1_000_000, '.')
    const starts = Array.from({ length: 3_000 }, (_, n) => n * 331)
    for (const start of starts) bytes.write('pl4nted-s3cret', start)
    expect(redactor.find(bytes)).toEqual(starts.map(start => ({ start, end: start + 14, secret: 0 })))
  })

  test('are those of a search character by character', () => {
    const below = random(7)
    for (let round = 0; round < 300; round++) {
      const word = (length: number) => Array.from({ length }, () => 'ab'[below(2)]).join('')
      const secrets = Array.from({ length: 1 + below(4) }, () => word(1 + below(5)))
      const text = word(40)
      const covered = Array.from(text, (_, at) =>
        secrets.some(secret => {
          for (let start = at - secret.length + 1; start <= at; start++)
            if (start >= 0 && text.startsWith(secret, start)) return true
          return false
        }),
      )
      const found = new Redactor(secrets).find(Buffer.from(text))
      const seen = Array.from(text, (_, at) => found.some(({ start, end }) => start <= at && at < end))
      expect(seen, `${secrets} in ${text}`).toEqual(covered)
    }
  })
})

test.each([
  ['backslashes', '\\'],
  ['percent signs', '%25'],
  ['references', '&amp;'],
  ['base64 of base64', 'YWFh'],
  ['a secret without its end', 'aaaaaaaaaaaaa'],
  ['half a pair', '\\ud800'],
])('a hostile text takes time in proportion to its length: %s', (_, piece) => {
  const redactor = new Redactor(['aaaaaaaaaaaaab', '\\"\\"\\"\\"\\"\\"x'])
  // Of the process, in microseconds, at best: the machine may have other work.
  const time = (length: number) => {
    const text = piece.repeat(length / piece.length)
    const times = Array.from({ length: 3 }, () => {
      const started = process.cpuUsage()
      redactor.redact(text)
      return process.cpuUsage(started).user
    })
    return Math.min(...times)
  }
  // A quadratic search takes 64 times as long.
  expect(time(400_000)).toBeLessThan(32 * Math.max(time(50_000), 5_000))
})

test('a text that unfolds to many times its length is masked as a whole', () => {
  let text = '%2525&amp;amp;'.repeat(100)
  for (let layer = 0; layer < 3; layer++) text = `${base64(text)}\\%25&amp;`
  expect(redact(text, 'aaab')).toBe('[redacted]')
})
