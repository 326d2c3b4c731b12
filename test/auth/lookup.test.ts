import { getEventListeners } from 'node:events'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { type AuthQuery, lookUpRegistryAuth } from '../../src/auth/lookup.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers, rejection } from './fake-helpers.ts'
import { broken, HUB, helpers, look, planted, stored, user } from './look.ts'
import { pipe } from './processes.ts'

const never = () => new Promise<undefined>(() => {})

describe('given credentials', () => {
  const config = { auths: { 'r.io': stored('file:file') }, credsStore: 'broken' }

  test('are the only source', async () => {
    const credentials = { username: 'u', password: planted }
    expect(await look(config, { credentials })).toMatchObject({
      source: 'explicit',
      sent: user('u', planted),
    })
    expect(await look('{ malformed', { credentials })).toMatchObject({ source: 'explicit' })
  })

  test('for the Hub have its address', async () => {
    const { sent } = await look({}, { registry: 'docker.io', credentials: { identityToken: 't' } })
    expect(sent).toEqual({ identitytoken: 't', serveraddress: HUB })
  })

  test('by a function, which gets the registry', async () => {
    const asked: string[] = []
    const credentials = async (registry: string) => {
      asked.push(registry)
      return { registryToken: planted }
    }
    expect(await look(config, { registry: 'docker.io', credentials })).toMatchObject({
      source: 'function',
      sent: { registrytoken: planted, serveraddress: HUB },
    })
    expect(asked).toEqual(['docker.io'])
  })

  test('none by a function are none: no fallback', async () => {
    expect(await look(config, { credentials: () => undefined })).toMatchObject({
      source: 'anonymous',
      sent: undefined,
    })
  })
})

describe('a source that is broken makes the pull anonymous, and shows no secret', () => {
  test.each([
    ['a store', { auths: { 'r.io': stored(`u:${planted}`) }, credsStore: 'broken' }],
    ['a helper', { credHelpers: { 'r.io': 'broken' }, credsStore: 'has' }],
    ['a helper that is not installed', { credsStore: 'none', auths: { 'r.io': stored(`u:${planted}`) } }],
    ['a helper outside of PATH', { credsStore: '../has' }],
    ['a malformed file', `{"auths":{"r.io":{"auth":"${planted}"`],
    ['a malformed entry', { auths: { 'r.io': { auth: planted } } }],
  ])('%s', async (_, config) => {
    const { env } = await fakeHelpers(helpers, config)
    const error = await broken(lookUpRegistryAuth({ registry: 'r.io', env }))
    expect(error).toBeInstanceOf(CredentialError)
    expect(exposure(error)).not.toContain(planted)
    expect(exposure(error)).not.toContain(stored(`u:${planted}`).auth)
  })

  const nobody = { username: planted, password: '' }
  test.each<[string, unknown, Partial<AuthQuery>, string?]>([
    ['docker-credential-broken, asked for r.io, failed', { credsStore: 'broken' }, {}],
    ['docker-credential-none, asked for r.io, is not', { credHelpers: { 'r.io': 'none' } }, {}],
    ['config.json is malformed: it is', '{', {}],
    ['config.json is malformed: in auths', { auths: { 'r.io': { auth: planted } } }, {}],
    ['DOCKER_AUTH_CONFIG is malformed', {}, {}, planted],
    ['the credentials function failed', {}, { credentials: () => Promise.reject(new Error(planted)) }],
    ['the credentials function gave no answer', {}, { credentials: never, helperTimeout: 1 }],
    ['the credentials given for r.io are unusable', {}, { credentials: () => nobody }],
  ])('%s', async (message, config, query, variable) => {
    const { message: told } = await broken(look(config, query, variable))
    expect(told).toContain(message)
  })

  test('the helper that hangs is given up after its time', async () => {
    const { env } = await fakeHelpers({ x: 'exec sleep 600' }, { credsStore: 'x' })
    const { message } = await broken(lookUpRegistryAuth({ registry: 'r.io', env, helperTimeout: 200 }))
    expect(message).toContain('gave no answer in 0.2 s and was killed')
  })

  test('the function that hangs is given up after the same time', async () => {
    const asked = lookUpRegistryAuth({ registry: 'r.io', credentials: never, helperTimeout: 1 })
    expect((await broken(asked)).message).toMatch(/gave no answer .* in 0\.001 s$/)
  })

  test('but not one that the caller wrote down', async () => {
    const { env } = await fakeHelpers()
    expect(await rejection(lookUpRegistryAuth({ registry: 'r.io', env, credentials: nobody }))).toMatchObject(
      {
        kind: 'credential-error',
        message: expect.stringContaining('the credentials given for r.io are unusable'),
      },
    )
  })

  test('an abort is none, whatever its reason', async () => {
    const hint = ''
    for (const reason of ['enough', new CredentialError('enough', { about: 'r.io', hint })]) {
      const aborted = lookUpRegistryAuth({ registry: 'r.io', signal: AbortSignal.abort(reason) })
      expect(await rejection(aborted)).toBe(reason)
      const controller = new AbortController()
      const credentials = () => {
        controller.abort(reason)
        return never()
      }
      const looking = lookUpRegistryAuth({ registry: 'r.io', credentials, signal: controller.signal })
      expect(await rejection(looking)).toBe(reason)
    }
  })
})

describe('an abort', () => {
  test('before it: nothing is asked', async () => {
    const { env, directory } = await fakeHelpers(helpers, { credsStore: 'has' })
    const query = { registry: 'r.io', env, signal: AbortSignal.abort('enough') }
    expect(await rejection(lookUpRegistryAuth(query))).toBe('enough')
    await expect(access(join(directory, 'asked'))).rejects.toThrow('ENOENT')
  })

  test('before it: what is given is not sent', async () => {
    const query = { registry: 'r.io', signal: AbortSignal.abort('enough') }
    const credentials = { registryToken: 't' }
    expect(await rejection(lookUpRegistryAuth({ ...query, credentials }))).toBe('enough')
  })

  test('while a helper works: its reason, and no listener left', async () => {
    const controller = new AbortController()
    const { env, directory } = await fakeHelpers(
      { x: 'echo here > "$DIR/at"; exec sleep 600' },
      { credsStore: 'x' },
    )
    const at = pipe(directory, 'at')
    const looking = lookUpRegistryAuth({ registry: 'r.io', env, signal: controller.signal })
    await at
    controller.abort('enough')
    expect(await rejection(looking)).toBe('enough')
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})
