import { expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { Secret } from '../../src/auth/secret.ts'
import { storedCredentials } from '../../src/auth/stored.ts'
import { exposure } from './exposure.ts'

const planted = 'pl4nted-s3cret'
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const find = (auths: Record<string, unknown>, key = 'r.io') =>
  storedCredentials(
    { file: '/c/config.json', auths: new Map(Object.entries(auths)), credHelpers: new Map(), credsStore: '' },
    key,
  )
const user = (username: string, password: string) => ({ username, password: new Secret(password) })
const password = (found: ReturnType<typeof find>) =>
  found &&
  'password' in found.credentials &&
  found.credentials.password instanceof Secret &&
  found.credentials.password.reveal()

test.each([
  ['u:p', 'p'],
  ['u:p:with:colons', 'p:with:colons'],
  ['u:p\0\0', 'p'],
  ['u:p\0q', 'p\0q'],
  ['u:', ''],
  ['u:pässwörd ✓', 'pässwörd ✓'],
  ['u:\u{feff}p', '\u{feff}p'],
])('decodes auth %j', (pair, expected) => {
  const found = find({ 'r.io': { auth: base64(pair) } })
  expect(found?.credentials).toMatchObject({ username: 'u' })
  expect(password(found)).toBe(expected)
})

test('auth overrides username and password, which do without it', () => {
  const both = find({ 'r.io': { auth: base64('u:p'), username: 'x', password: 'y' } })
  expect(both?.credentials).toEqual(user('u', 'p'))
  expect(password(both)).toBe('p')
  const plain = find({ 'r.io': { username: 'x', password: 'y' } })
  expect(plain?.credentials).toEqual(user('x', 'y'))
  expect(password(plain)).toBe('y')
})

test('a token counts before the user beside it', () => {
  const entry = { auth: base64('u:'), identitytoken: 'it' }
  expect(Object.keys(find({ 'r.io': entry })?.credentials ?? {})).toEqual(['identityToken'])
  expect(Object.keys(find({ 'r.io': { ...entry, registrytoken: 'rt' } })?.credentials ?? {})).toEqual([
    'registryToken',
  ])
})

test.each([{}, { auth: '' }, { auth: null, email: 'me@r.io' }, null])('is none: %j', entry => {
  expect(find({ 'r.io': entry })).toBeUndefined()
})

const good = { auth: base64('u:p') }

test.each([
  ['r.io', 'r.io'],
  ['r.io', 'https://r.io'],
  ['r.io', 'http://r.io/v2/'],
  ['r.io', 'r.io/team'],
  ['r.io:5000', 'https://r.io:5000/v2/'],
  ['[::1]:5000', 'http://[::1]:5000/'],
  ['https://index.docker.io/v1/', 'https://index.docker.io/v1/'],
])('%s is found under %s, which stays the key', (key, stored) => {
  expect(find({ 'other.io': good, [stored]: good }, key)?.key).toBe(stored)
})

test.each([
  ['r.io', 'r.io:5000'],
  ['r.io:5000', 'https://r.io'],
  ['r.io', 'sub.r.io'],
  ['r.io', 'ftp://r.io'],
  ['https://index.docker.io/v1/', 'docker.io'],
  ['https://index.docker.io/v1/', 'index.docker.io'],
  ['https://index.docker.io/v1/', 'https://index.docker.io/v1'],
  ['constructor', '__proto__'],
])('%s is not found under %s', (key, stored) => {
  expect(find({ [stored]: good }, key)).toBeUndefined()
})

test('the exact key counts before the first of the same host', () => {
  expect(find({ 'https://r.io': good, 'r.io/a': good, 'r.io': good })?.key).toBe('r.io')
  expect(find({ 'r.io/b': good, 'https://r.io': good, 'r.io/a': good })?.key).toBe('r.io/b')
})

test.each([
  ['is no object', planted],
  ['is no object', [planted]],
  ['auth is not a string', { auth: { planted } }],
  ['auth is not base64', { auth: `${planted}!` }],
  ['auth is not base64', { auth: base64(`u:${planted}`).replace(/=*$/, '').slice(0, -1) }],
  ['auth is not base64 of UTF-8', { auth: base64(Buffer.from('u:p\xff', 'latin1')) }],
  ['not decode to USER:PASSWORD', { auth: base64(planted) }],
  ['not decode to USER:PASSWORD', { auth: base64(`:${planted}`) }],
  ['identitytoken is not a string', { auth: base64(`u:${planted}`), identitytoken: 1 }],
])('malformed: %s', (flaw, entry) => {
  const attempt = () => find({ 'r.io': entry })
  expect(attempt).toThrow(CredentialError)
  expect(attempt).toThrow('/c/config.json is malformed: in auths, under "r.io", ')
  expect(attempt).toThrow(flaw)
  expect(attempt).toThrow(expect.toSatisfy((error: unknown) => !exposure(error).includes(planted)))
})

test('a malformed entry harms no other', () => {
  const auths = { 'bad.io': 1, 'https://bad.io': { auth: '!' }, 'r.io': good, 'r.io/x': { auth: '!' } }
  expect(find(auths)?.credentials).toEqual(user('u', 'p'))
  expect(find(auths, 'none.io')).toBeUndefined()
})
