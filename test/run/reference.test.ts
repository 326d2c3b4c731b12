import { describe, expect, test } from 'vitest'
import { HoldfastError } from '../../src/run/failure.ts'
import { isId, parseReference } from '../../src/run/reference.ts'

const HEX = '0123456789abcdef'.repeat(4)
const DIGEST = `sha256:${HEX}`

function parseName(text: string) {
  const reference = parseReference(text)
  if (reference.kind !== 'name') throw new Error(`${text} is an id`)
  return reference
}

describe('names: what a pull sends', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine', 'latest'],
    ['alpine:3', 'docker.io/library/alpine', '3'],
    ['me/app', 'docker.io/me/app', 'latest'],
    ['a/b/c', 'docker.io/a/b/c', 'latest'],
    ['docker.io/alpine', 'docker.io/library/alpine', 'latest'],
    ['docker.io/library/alpine', 'docker.io/library/alpine', 'latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine', 'latest'],
    ['index.docker.io/me/app:1', 'docker.io/me/app', '1'],
    ['registry-1.docker.io/library/alpine', 'registry-1.docker.io/library/alpine', 'latest'],
    ['localhost/alpine', 'localhost/alpine', 'latest'],
    ['localhost:5000', 'docker.io/library/localhost', '5000'],
    ['host:5000', 'docker.io/library/host', '5000'],
    ['host:5000/app', 'host:5000/app', 'latest'],
    ['registry.example:5000/team/app:1.4', 'registry.example:5000/team/app', '1.4'],
    ['Host/alpine', 'Host/alpine', 'latest'],
    ['FOO/bar', 'FOO/bar', 'latest'],
    ['foo/bar:TAG', 'docker.io/foo/bar', 'TAG'],
    ['a__b', 'docker.io/library/a__b', 'latest'],
    ['a--b', 'docker.io/library/a--b', 'latest'],
    ['a-----b.c_d', 'docker.io/library/a-----b.c_d', 'latest'],
    ['[::1]:5000/a', '[::1]:5000/a', 'latest'],
    ['[fe80::1]/a', '[fe80::1]/a', 'latest'],
    ['reg.example:99999/a', 'reg.example:99999/a', 'latest'],
    ['alpine:3/foo', 'alpine:3/foo', 'latest'],
    [`alpine@${DIGEST}`, 'docker.io/library/alpine', DIGEST],
    [`alpine:3@${DIGEST}`, 'docker.io/library/alpine', DIGEST],
    [`reg.example:5000/a:3@${DIGEST}`, 'reg.example:5000/a', DIGEST],
    [`a@sha384:${'0'.repeat(96)}`, 'docker.io/library/a', `sha384:${'0'.repeat(96)}`],
    [`a@sha512:${'0'.repeat(128)}`, 'docker.io/library/a', `sha512:${'0'.repeat(128)}`],
    [`a:${'_'.repeat(128)}`, 'docker.io/library/a', '_'.repeat(128)],
    ['a'.repeat(247), `docker.io/library/${'a'.repeat(247)}`, 'latest'],
    ['sha256:abc', 'docker.io/library/sha256', 'abc'],
    ['my_registry.example/app', 'my_registry.example/app', 'latest'],
    ['my_registry.example/team/app:1', 'my_registry.example/team/app', '1'],
    ['my_registry/app', 'docker.io/my_registry/app', 'latest'],
    [HEX.slice(1), `docker.io/library/${HEX.slice(1)}`, 'latest'],
  ])('%s', (text, fromImage, pullTag) => {
    expect(parseName(text)).toMatchObject({ text, fromImage, pullTag })
  })
})

describe('names: how the Engine shows them', () => {
  test.each([
    ['docker.io/library/alpine:3', 'alpine', 'alpine:3', 'docker.io/library/alpine:3'],
    ['index.docker.io/x', 'x', 'x:latest', 'docker.io/library/x:latest'],
    ['docker.io/me/app:1', 'me/app', 'me/app:1', 'docker.io/me/app:1'],
    ['library/a/b', 'library/a/b', 'library/a/b:latest', 'docker.io/library/a/b:latest'],
    ['library/alpine', 'alpine', 'alpine:latest', 'docker.io/library/alpine:latest'],
    [
      'reg.io/library/alpine',
      'reg.io/library/alpine',
      'reg.io/library/alpine:latest',
      'reg.io/library/alpine:latest',
    ],
  ])('%s', (text, familiarName, familiarTag, canonical) => {
    expect(parseName(text)).toMatchObject({ familiarName, familiarTag, familiarDigest: undefined, canonical })
  })

  test('a digest wins over a tag, which is kept as given', () => {
    expect(parseName(`reg.io/a:3@${DIGEST}`)).toEqual({
      kind: 'name',
      text: `reg.io/a:3@${DIGEST}`,
      domain: 'reg.io',
      path: 'a',
      tag: '3',
      digest: DIGEST,
      canonical: `reg.io/a:3@${DIGEST}`,
      fromImage: 'reg.io/a',
      pullTag: DIGEST,
      familiarName: 'reg.io/a',
      familiarTag: undefined,
      familiarDigest: `reg.io/a@${DIGEST}`,
    })
    expect(parseName(`alpine@${DIGEST}`)).toMatchObject({
      tag: undefined,
      canonical: `docker.io/library/alpine@${DIGEST}`,
    })
  })
})

test.each([HEX, DIGEST])('an id: %s', text => {
  expect(parseReference(text)).toEqual({ kind: 'id', text, id: DIGEST })
})

describe('what looks like the beginning of an id', () => {
  const short = HEX.slice(0, 12)

  test.each([
    [short, short],
    [`sha256:${short}`, short],
    [HEX.slice(0, 63), HEX.slice(0, 63)],
    ['202611230830', '202611230830'],
  ])('%s is a name, and may be one', (text, digits) => {
    const reference = parseName(text)
    expect(reference.shortId).toBe(`sha256:${digits}`)
    expect(isId(reference)).toBe(true)
  })

  test.each([
    HEX.slice(0, 11),
    `sha256:${HEX.slice(0, 11)}`,
    `${short}:latest`,
    `docker.io/library/${short}`,
    `me/${short}`,
    `${short}@${DIGEST}`,
    'deadbeefcafg',
    'cafe',
  ])('%s is a name and nothing else', text => {
    const reference = parseName(text)
    expect(reference.shortId).toBe(undefined)
    expect(isId(reference)).toBe(false)
  })

  test('its name in full is one and nothing else', () => {
    expect(isId(parseReference(parseName(short).canonical))).toBe(false)
  })

  test('an id is one', () => {
    expect(isId(parseReference(HEX))).toBe(true)
  })
})

describe('no reference', () => {
  test.each([
    ['', 'it is empty'],
    ['foo/BAR', 'the path "foo/BAR" must be in lower case'],
    ['Alpine', 'the path "Alpine" must be in lower case'],
    ['reg.io/Team/app:1', 'the path "Team/app" must be in lower case'],
    [HEX.toUpperCase(), 'must be in lower case'],
    ['my_registry:5000/app', '"my_registry:5000" must be HOST'],
    ['foo..bar/x', '"foo..bar" must be HOST'],
    ['-a.b/x', '"-a.b" must be HOST'],
    ['reg.example:/a', '"reg.example:" must be HOST'],
    ['reg.example:x/a', '"reg.example:x" must be HOST'],
    ['[::1/a', '"[::1" must be HOST'],
    ['a___b', 'in the path "a___b"'],
    ['a_', 'in the path "a_"'],
    ['a..b', 'in the path "a..b"'],
    ['-a', 'in the path "-a"'],
    ['reg//a', 'in the path "reg//a"'],
    ['reg/a/', 'in the path "reg/a/"'],
    ['/a', 'in the path "/a"'],
    ['reg.io/', 'in the path ""'],
    [':3', 'in the path ""'],
    ['é', 'in the path "\\u00e9"'],
    ['::1/a', '"::1" must be HOST'],
    ['alpine:', 'the tag "" is not'],
    ['alpine:.x', 'the tag ".x" is not'],
    ['alpine:a:b', 'the tag "a:b" is not'],
    [`a:${'_'.repeat(129)}`, 'is not 1 to 128'],
    ['https://reg/a', 'it starts with a scheme'],
    ['a b', 'it holds white space'],
    ['alpine\n', 'it holds white space'],
    [`${'a'.repeat(248)}`, 'its path is longer than 255 characters'],
    [`alpine@SHA256:${HEX}`, 'must be in lower case'],
    [`alpine@sha256:${HEX.toUpperCase()}`, 'must be in lower case'],
    ['alpine@', 'the digest algorithm "" is not supported'],
    [`alpine@md5:${HEX.slice(32)}`, 'the digest algorithm "md5" is not supported'],
    ['alpine@sha256:abc', 'the digest must have 64 hex digits'],
    [`alpine@sha256:${HEX}0`, 'the digest must have 64 hex digits'],
    [`alpine@sha256:${HEX.slice(1)}g`, 'the digest must have 64 hex digits'],
    [`alpine@${DIGEST}@${DIGEST}`, 'the digest must have 64 hex digits'],
    [`a@${DIGEST}:tag`, 'the digest must have 64 hex digits'],
    ['a'.repeat(10_000_000), 'it is longer than 1024 characters'],
    ['://@'.repeat(1_000_000), 'it is longer than 1024 characters'],
    [`${'a-'.repeat(500)}!`, 'its path is longer'],
    [`${'a.'.repeat(500)}!/x`, 'must be HOST'],
    [`${'a'.repeat(1000)}.!/x`, 'must be HOST'],
  ])('%.60s', (text, flaw) => {
    const attempt = () => parseReference(text)
    expect(attempt).toThrow(HoldfastError)
    expect(attempt).toThrow(flaw)
    expect(attempt).toThrow('A reference is [HOST[:PORT]/]PATH[:TAG][@DIGEST]')
    expect(attempt).toThrow(expect.toSatisfy((error: Error) => error.message.length < 700))
    expect(attempt).toThrow(expect.objectContaining({ kind: 'usage' }))
  })

  test('shows the text escaped', () => {
    expect(() => parseReference('a\u001b[2J"\u202e')).toThrow(
      'invalid image reference "a\\u001b[2J\\"\\u202e": ',
    )
  })

  test.each([
    'https://me:pl4nted@reg.io/app',
    'me:pl4nted@reg.io/app',
    'me:$pl4nted@reg.io/app',
    'me:p/pl4nted@reg.io/app',
    `https://me:${'pl4nted'.repeat(30)}@reg.io`,
    'me:pl4nted@reg.io',
    'me:pl4nted@reg.io:5000',
  ])('shows no password: %s', text => {
    const attempt = () => parseReference(text)
    expect(attempt).toThrow(/@reg\.io/)
    expect(attempt).not.toThrow('pl4nted')
  })
})

describe('fuzz', () => {
  const ROUNDS = Number(process.env.HOLDFAST_FUZZ ?? 3_000)
  const PIECES = [
    'a',
    'b0',
    'A',
    'docker.io',
    'index.docker.io',
    'localhost',
    'library',
    'reg.io',
    'sha256',
    HEX,
    DIGEST,
    '5000',
    '/',
    '/',
    '/',
    ':',
    ':',
    '@',
    '.',
    '-',
    '_',
    '__',
    '[::1]',
    'é',
    ' ',
    '\0',
    '\ud800',
    '://',
    'latest',
    '',
  ]

  // mulberry32
  function random(seed: number): () => number {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let bits = Math.imul(state ^ (state >>> 15), 1 | state)
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
    }
  }

  function outcome(text: string) {
    try {
      return parseReference(text)
    } catch (error) {
      expect(error, JSON.stringify(text)).toBeInstanceOf(HoldfastError)
      return undefined
    }
  }

  test(`a text is a reference that survives its own spelling, or a usage error (${ROUNDS} rounds)`, () => {
    const next = random(20261123)
    const below = (limit: number) => Math.floor(next() * limit)
    let valid = 0
    for (let round = 0; round < ROUNDS; round++) {
      const text = Array.from({ length: 1 + below(8) }, () => PIECES[below(PIECES.length)]).join('')
      const reference = outcome(text)
      if (reference?.kind !== 'name') continue
      valid++
      const { text: _, tag, ...rest } = reference
      const again = parseName(reference.canonical)
      expect(again, text).toMatchObject(rest)
      expect(again.tag, text).toBe(tag ?? (reference.digest === undefined ? 'latest' : undefined))
      expect(
        parseName(`${reference.fromImage}${reference.digest ? '@' : ':'}${reference.pullTag}`),
        text,
      ).toMatchObject({
        fromImage: reference.fromImage,
        pullTag: reference.pullTag,
        familiarTag: reference.familiarTag,
      })
    }
    expect(valid).toBeGreaterThan(ROUNDS / 20)
  }, 600_000)
})
