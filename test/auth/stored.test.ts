import { expect, test } from 'vitest'
import type { ConfigOrigin } from '../../src/auth/config.ts'
import { CredentialError } from '../../src/auth/error.ts'
import type { ImagePlace } from '../../src/auth/keys.ts'
import { Secret } from '../../src/auth/secret.ts'
import { storedCredentials } from '../../src/auth/stored.ts'
import { exposure } from './exposure.ts'

const planted = 'pl4nted-s3cret'
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const files = { source: 'config.json', name: '/c/config.json' } as const
const variable = { source: 'DOCKER_AUTH_CONFIG', name: 'DOCKER_AUTH_CONFIG' } as const
const find = (
  auths: Record<string, unknown>,
  place: ImagePlace = { registry: 'r.io', repository: 'team/app' },
  origin: ConfigOrigin = files,
) => storedCredentials({ ...origin, root: new Map([['auths', auths]]) }, place)
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
const bad = { auth: base64('wrong:wrong') }

const noObject = planted
const damaged = { auth: '!' }

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['one of the registry', { 'r.io': good }, 'r.io'],
  ['one of the image', { 'r.io': bad, 'r.io/team/app': good }, 'r.io/team/app'],
  ['one of another registry', { 'other.io': good }, undefined],
  ['one of another path', { 'r.io/other': good }, 'r.io/other'],
  ['a URL', { 'https://r.io/v2/': good }, 'https://r.io/v2/'],
  ['a host in other case', { 'R.io/team': good }, 'r.io'],
  [
    'malformed ones of others',
    { 'b.io': noObject, 'r.io/x': damaged, 'r.io/team/app/x': damaged, 'r.io': good },
    'r.io',
  ],
  ['a malformed one that is less exact', { 'r.io': damaged, 'r.io/team': good }, 'r.io/team'],
  ['a malformed one of the same place', { 'r.io': damaged, 'https://r.io': good }, 'https://r.io'],
  ['malformed ones of other paths', { 'r.io/a': damaged, 'r.io/b': noObject, 'r.io/c': good }, 'r.io/c'],
  ['a mark of the same place', { 'r.io': {}, 'http://r.io': good }, 'http://r.io'],
  ['a mark of another path', { 'r.io/a': null, 'r.io/b': good }, 'r.io/b'],
  ['a mark that is more exact', { 'r.io': good, 'r.io/team': {} }, undefined],
  ['a mark of the registry, and another path', { 'r.io': {}, 'r.io/other': good }, undefined],
])('beside others: %s', (_, auths, address) => {
  expect(find(auths)?.address).toBe(address)
})

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['one of the registry', { 'r.io': good }, 'r.io'],
  ['one of the path', { 'r.io': bad, 'r.io/team': good }, 'r.io/team'],
  ['one of another path', { 'r.io/other': good }, undefined],
  ['a malformed one of another path', { 'r.io/other': damaged }, undefined],
])('in DOCKER_AUTH_CONFIG: %s', (_, auths, address) => {
  expect(find(auths, undefined, variable)?.address).toBe(address)
})

test.each([
  ['is not an object', planted],
  ['is not an object', [planted]],
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

test.each<[string, Record<string, unknown>]>([
  ['the most exact one, whatever else there is', { 'r.io/team': damaged, 'r.io': good }],
  ['all that there is for another path', { 'r.io/a': {}, 'r.io/b': damaged }],
])('malformed: %s', (_, auths) => {
  expect(() => find(auths)).toThrow(CredentialError)
})

test('malformed: the first is named', () => {
  expect(() => find({ 'https://r.io': damaged, 'r.io': noObject, 'http://r.io': damaged })).toThrow(
    'under "r.io", is not an object',
  )
})

test('malformed in the variable: names it and the registry, and shows nothing that it holds', () => {
  const attempt = () =>
    find({ [`https://r.io/team/?token=${planted}`]: good, 'https://R.io': damaged }, undefined, variable)
  expect(attempt).toThrow('DOCKER_AUTH_CONFIG is malformed: in auths, for r.io, auth is not base64')
  expect(attempt).toThrow(expect.toSatisfy((error: unknown) => !exposure(error).includes('R.io')))
})
