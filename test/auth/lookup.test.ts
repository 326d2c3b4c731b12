import { getEventListeners } from 'node:events'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { type AuthQuery, anonymous, lookUpRegistryAuth } from '../../src/auth/lookup.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers, rejection } from './fake-helpers.ts'
import { HUB, helpers, look, planted, stored, user } from './look.ts'
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

  test('by a function, which is told the registry', async () => {
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

describe('broken is an error, not anonymous, and shows no secret', () => {
  test.each([
    ['a store', { auths: { 'r.io': stored(`u:${planted}`) }, credsStore: 'broken' }],
    ['a helper', { credHelpers: { 'r.io': 'broken' }, credsStore: 'has' }],
    ['a helper that is not installed', { credsStore: 'none', auths: { 'r.io': stored(`u:${planted}`) } }],
    ['a helper outside of PATH', { credsStore: '../has' }],
    ['a malformed file', `{"auths":{"r.io":{"auth":"${planted}"`],
    ['a malformed entry', { auths: { 'r.io': { auth: planted } } }],
  ])('%s', async (_, config) => {
    const { env } = await fakeHelpers(helpers, config)
    const error = await rejection(lookUpRegistryAuth({ registry: 'r.io', env }))
    expect(error).toBeInstanceOf(CredentialError)
    expect(exposure(error)).not.toContain(planted)
    expect(exposure(error)).not.toContain(stored(`u:${planted}`).auth)
  })

  test('the helper that hangs is given up after its time', async () => {
    const { env } = await fakeHelpers({ x: 'exec sleep 600' }, { credsStore: 'x' })
    const error = await rejection(lookUpRegistryAuth({ registry: 'r.io', env, helperTimeout: 200 }))
    expect(error).toHaveProperty('message', expect.stringContaining('gave no answer in 0.2 s and was killed'))
  })

  test('the function that hangs is given up after the same time', async () => {
    const asked = lookUpRegistryAuth({ registry: 'r.io', credentials: never, helperTimeout: 1 })
    expect(await rejection(asked)).toHaveProperty(
      'message',
      expect.stringMatching(/gave no answer .* in 0\.001 s$/),
    )
  })
})

describe('anonymousFallback', () => {
  const anonymousFallback = true
  const nobody = { username: planted, password: '' }
  test.each<[string, unknown, Partial<AuthQuery>, string?]>([
    ['docker-credential-broken, asked for r.io, failed', { credsStore: 'broken' }, {}],
    ['docker-credential-none, asked for r.io, is not', { credHelpers: { 'r.io': 'none' } }, {}],
    ['config.json is malformed: it is', '{', {}],
    ['config.json is malformed: in auths', { auths: { 'r.io': { auth: planted } } }, {}],
    ['DOCKER_AUTH_CONFIG is malformed', { auths: { 'r.io': stored('u:p') } }, {}, planted],
    ['the credentials function failed', {}, { credentials: () => Promise.reject(new Error(planted)) }],
    ['the credentials function gave no answer', {}, { credentials: never, helperTimeout: 1 }],
    ['the credentials given for r.io are unusable', {}, { credentials: () => nobody }],
    ['the credentials given for r.io are unusable', {}, { credentials: nobody }],
  ])('broken is anonymous, and told: %s', async (message, config, query, variable) => {
    const error = await rejection(look(config, query, variable))
    expect(error).toHaveProperty('message', expect.stringContaining(message))
    const auth = await look(config, { ...query, anonymousFallback }, variable)
    expect(auth).toMatchObject({ header: undefined, source: 'anonymous' })
    expect(auth).toHaveProperty('broken', expect.any(CredentialError))
    expect(auth).toHaveProperty('broken.message', expect.stringContaining(message))
  })

  test('good ones are sent, none are none, and nothing is told', async () => {
    const config = { auths: { 'r.io': stored('u:p') } }
    const good = await look(config, { anonymousFallback })
    expect(good).toMatchObject({ sent: user('u', 'p') })
    expect(good).not.toHaveProperty('broken')
    const { env } = await fakeHelpers()
    expect(await lookUpRegistryAuth({ registry: 'r.io', env, anonymousFallback })).toBe(anonymous)
  })

  test('an abort is none, whatever its reason', async () => {
    const hint = ''
    for (const reason of ['enough', new CredentialError('enough', { about: 'r.io', hint })]) {
      const query = { registry: 'r.io', anonymousFallback }
      expect(await rejection(lookUpRegistryAuth({ ...query, signal: AbortSignal.abort(reason) }))).toBe(
        reason,
      )
      const controller = new AbortController()
      const credentials = () => {
        controller.abort(reason)
        return never()
      }
      const looking = lookUpRegistryAuth({ ...query, credentials, signal: controller.signal })
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
