import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { askFunction, type Credentials, readCredentials } from '../../src/auth/credentials.ts'
import { CredentialError } from '../../src/auth/error.ts'
import { encodeRegistryAuth } from '../../src/auth/header.ts'
import { Secret } from '../../src/auth/secret.ts'
import { exposure } from './exposure.ts'
import { rejection } from './fake-helpers.ts'

const planted = 'pl4nted-s3cret'
const { signal } = new AbortController()
const header = (credentials: Credentials) => encodeRegistryAuth(credentials, 'r.io').reveal()

describe('readCredentials', () => {
  test.each([planted, new Secret(planted)])('takes texts and secrets, and hides them', given => {
    const credentials = readCredentials({ username: 'u', password: given, identityToken: undefined }, 'r.io')
    expect(exposure(credentials)).not.toContain(planted)
    const sent = (value: unknown) => encodeRegistryAuth(readCredentials(value, 'r.io'), 'r.io').reveal()
    expect(sent(credentials)).toBe(header({ username: 'u', password: planted }))
    expect(sent({ identityToken: given })).toBe(header({ identityToken: planted }))
    expect(sent({ registryToken: given })).toBe(header({ registryToken: planted }))
  })

  test.each([
    ['not an object', planted],
    ['not an object', null],
    ['not an object', [planted]],
    ['no username and no token', { password: planted }],
    ['no username and no token', new Secret(planted)],
    ['username and identityToken', { username: planted, password: planted, identityToken: planted }],
    ['username is empty', { username: '', password: planted }],
    ['username is empty or no string', { username: new Secret(planted), password: planted }],
    ['password is empty', { username: planted }],
    ['password is empty', { username: planted, password: '' }],
    ['neither a string nor a Secret', { username: planted, password: { planted } }],
    ['identityToken is empty', { identityToken: '' }],
    ['registryToken is empty', { registryToken: new Secret('') }],
  ])('says "%s" and shows nothing', (flaw, value) => {
    const attempt = () => readCredentials(value, 'r.io')
    expect(attempt).toThrow(CredentialError)
    expect(attempt).toThrow(`given for r.io are unusable`)
    expect(attempt).toThrow(flaw)
    expect(attempt).toThrow(expect.toSatisfy((error: unknown) => !exposure(error).includes(planted)))
  })
})

describe('askFunction', () => {
  test('passes the registry and the signal, and takes a value or a promise', async () => {
    const seen: unknown[] = []
    const lookup = (...args: unknown[]) => {
      seen.push(...args)
      return { registryToken: 't' }
    }
    expect(await askFunction(lookup, 'r.io', signal)).toEqual({ registryToken: new Secret('t') })
    expect(seen).toEqual(['r.io', { signal }])
    expect(await askFunction(async () => undefined, 'r.io', signal)).toBeUndefined()
  })

  test.each([
    [
      'throws',
      () => {
        throw new TypeError(planted)
      },
    ],
    [
      'rejects',
      () => Promise.reject(Object.assign(new TypeError(planted, { cause: planted }), { request: planted })),
    ],
  ])('names the error, and no more, of a function that %s', async (_, lookup) => {
    const error = await rejection(askFunction(lookup, 'r.io', signal))
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      about: 'r.io',
      message: expect.stringContaining('failed for r.io (TypeError)'),
    })
    expect(exposure(error)).not.toContain(planted)
  })

  test('a thrown text is not shown', async () => {
    const error = await rejection(askFunction(() => Promise.reject(planted), 'r.io', signal))
    expect(error).toBeInstanceOf(CredentialError)
    expect(exposure(error)).not.toContain(planted)
  })

  test('stops waiting when the signal aborts, with its reason, and leaves no listener', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const asked = askFunction(() => new Promise(() => {}), 'r.io', controller.signal)
    controller.abort(reason)
    expect(await rejection(asked)).toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('the reason wins over what the function makes of it', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const lookup = () => {
      controller.abort(reason)
      throw new Error('was aborted')
    }
    expect(await rejection(askFunction(lookup, 'r.io', controller.signal))).toBe(reason)
  })

  test('leaves no listener after an answer', async () => {
    const controller = new AbortController()
    await askFunction(() => undefined, 'r.io', controller.signal)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})
