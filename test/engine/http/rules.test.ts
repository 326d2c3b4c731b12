import { describe, expect, test } from 'vitest'
import { checkRequest, configuredHeaders } from '../../../src/engine/http/rules.ts'
import { engineError } from '../../support/errors.ts'
import { registryAuth } from '../../support/secrets.ts'

const check = (method: string, path: string, headers: Record<string, string> = {}) =>
  engineError((async () => checkRequest(method, path, headers))())

test.each([
  '/auth',
  '/auth/',
  '//auth',
  '///auth',
  '/./auth',
  '/x/../auth',
  '/x/y/../../auth',
  '/../auth',
  '/AUTH',
  '/Auth',
  '/%61uth',
  '/%61%75%74%68',
  '/x/%2e%2e/auth',
  '/x/..%2fauth',
  '/%2fauth',
  '/auth%2f',
  '\\auth',
  '/x\\..\\auth',
  '/auth?x=y',
  '/auth#x',
  '/x#/../auth',
  '/x#/../../v1.41/auth',
  '/v1.41/auth',
  '/v1.41//auth',
  '/v1.41/x/../auth',
  '/v1.041/auth',
  '/v1.41./auth',
  '/v.1.41/auth',
  '/v1/auth',
  '/v4.0.0-dev/auth',
  '/v1.41/AUTH?x',
  '/%761.41/auth',
  '//host/../auth',
])('%s is never sent', async path => {
  for (const method of ['GET', 'POST', 'PUT']) {
    expect(await check(method, path)).toMatchObject({
      code: 'forbidden',
      kind: 'usage',
      message: expect.stringContaining('never'),
    })
  }
})

test.each([
  '/containers/auth/json',
  '/images/auth/json',
  '/authx',
  '/v1.41/images/auth/tag',
  '/%2561uth',
  '/volumes/auth',
])('%s is another operation', path => {
  expect(() => checkRequest('POST', path, {})).not.toThrow()
})

test('a path that cannot be decoded is refused', async () => {
  expect(await check('GET', '/%zz')).toMatchObject({ code: 'usage' })
  expect(await check('GET', '/%e4%')).toMatchObject({ code: 'usage' })
})

const value = registryAuth({ username: 'u', password: 'hunter2' })

test.each([
  '/images/create',
  '/v1.41/images/create',
  '/v1.52/images/create?fromImage=x',
  '/v5.0.0/images/create',
  '//images/./create',
])('credentials go out on POST %s', path => {
  expect(() => checkRequest('POST', path, { 'x-registry-auth': value })).not.toThrow()
})

describe.each([
  'X-Registry-Auth',
  'x-registry-auth',
  'X-REGISTRY-AUTH',
  ' x-registry-auth',
  'x-registry-auth\t',
])('the header as %j', name => {
  test.each([
    ['GET', '/images/create'],
    ['PUT', '/images/create'],
    ['DELETE', '/images/create'],
    ['GET', '/images/json'],
    ['GET', '/images/create/json'],
    ['POST', '/images/x/push'],
    ['POST', '/images/load'],
    ['POST', '/images/create/x'],
    ['POST', '/images/create/../load'],
    ['POST', '/containers/create'],
    ['POST', '/containers/images%2fcreate/start'],
    ['POST', '/services/create'],
    ['POST', '/build'],
    ['POST', '/x/images/create'],
    ['GET', '/distribution/x/json'],
    ['GET', '/_ping'],
    ['POST', '/'],
  ])('is refused on %s %s', async (method, path) => {
    const error = await check(method, path, { [name]: value })
    expect(error).toMatchObject({ code: 'forbidden', kind: 'usage' })
    expect(error.message).not.toContain(value)
  })
})

test('of the configured headers, those go out that neither HTTP nor the rules need for themselves', () => {
  const refused = [
    'X-Registry-Auth',
    'x-registry-config',
    'Content-Length',
    'Transfer-Encoding',
    'Host',
    'Connection',
    'a b',
    '',
  ]
  const given = Object.fromEntries(refused.map(name => [name, 'x']))
  expect(
    configuredHeaders({ ...given, 'X-Team': 'batch', 'X-Cut': 'a\r\nb: c', Authorization: 'Bearer ü' }),
  ).toEqual({
    'x-team': 'batch',
    authorization: 'Bearer ü',
  })
  expect(configuredHeaders(undefined)).toEqual({})
})
