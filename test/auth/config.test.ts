import { describe, expect, test } from 'vitest'
import { authsOf, type ConfigOrigin, helperFor, parseConfig } from '../../src/auth/config.ts'
import { CredentialError } from '../../src/auth/error.ts'
import { exposure } from './exposure.ts'

const planted = 'pl4nted-s3cret'
const file: ConfigOrigin = { source: 'config.json', name: '/c/config.json' }
const variable: ConfigOrigin = { source: 'DOCKER_AUTH_CONFIG', name: 'DOCKER_AUTH_CONFIG' }
const config = (value: unknown, origin = file) => parseConfig(JSON.stringify(value), origin)

test.each(['', ' \n', '{}', '{"auths":null,"credHelpers":null,"credsStore":null}'])(
  'holds nothing: %j',
  text => {
    const empty = parseConfig(text, file)
    expect(helperFor(empty, 'r.io')).toBe('')
    expect(authsOf(empty).size).toBe(0)
  },
)

test('gives the stored entries in their order, unchecked', () => {
  expect([...authsOf(config({ auths: { b: 1, a: null } }))]).toEqual([
    ['b', 1],
    ['a', null],
  ])
})

test.each([
  ['none', {}, ''],
  ['the store', { credsStore: 'store' }, 'store'],
  ['the helper before the store', { credHelpers: { 'r.io': 'own' }, credsStore: 'store' }, 'own'],
  ['the helper before a broken store', { credHelpers: { 'r.io': 'own' }, credsStore: [planted] }, 'own'],
  ['none by an empty name', { credHelpers: { 'r.io': '' }, credsStore: 'store' }, ''],
  ['none by an empty name, before a broken store', { credHelpers: { 'r.io': '' }, credsStore: 1 }, ''],
  ['none by null, which is an empty name', { credHelpers: { 'r.io': null }, credsStore: 'store' }, ''],
  [
    'the store beside helpers of others',
    {
      credHelpers: { 'r.io:5000': 'a', 'https://r.io': 'b', 'R.io': 'c', 'r.io/team': 'd' },
      credsStore: 'store',
    },
    'store',
  ],
  ['the helper beside broken ones', { credHelpers: { 's.io': 1, 'r.io': 'own', 't.io': [planted] } }, 'own'],
  ['the store beside broken helpers', { credHelpers: { 's.io': { planted } }, credsStore: 'store' }, 'store'],
  ['the helper, in keys of any case', { CREDHELPERS: { 'r.io': 'own' }, credsstore: 'store' }, 'own'],
])('the helper for a registry: %s', (_, value, name) => {
  expect(helperFor(config(value), 'r.io')).toBe(name)
})

describe('malformed, and shows nothing that it holds', () => {
  const attempts: [string, () => unknown][] = [
    ['it is not a JSON object', () => parseConfig(`{"auths": ${planted}`, file)],
    ['it is not a JSON object', () => config([planted])],
    ['auths is not an object', () => authsOf(config({ auths: planted }))],
    ['credHelpers is not an object', () => helperFor(config({ credHelpers: [planted] }), 'r.io')],
    [
      'in credHelpers, the value for r.io is not a string',
      () => helperFor(config({ credHelpers: { 'r.io': { planted } }, credsStore: 'x' }), 'r.io'),
    ],
    ['credsStore is not a string', () => helperFor(config({ credsStore: [planted] }), 'r.io')],
  ]
  test.each(attempts)('%s', (flaw, attempt) => {
    expect(attempt).toThrow(CredentialError)
    expect(attempt).toThrow(`/c/config.json is malformed: ${flaw}`)
    expect(attempt).toThrow(expect.objectContaining({ about: '/c/config.json' }))
    expect(attempt).toThrow(expect.toSatisfy((error: unknown) => !exposure(error).includes(planted)))
  })

  test.each([
    [file, 'docker login'],
    [variable, 'unset it'],
  ])('the hint for $name says what to do', (origin, hint) => {
    const attempt = () => parseConfig(planted, origin)
    expect(attempt).toThrow(
      expect.objectContaining({ about: origin.name, hint: expect.stringContaining(hint) }),
    )
  })
})
