import { getEventListeners } from 'node:events'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { type AuthQuery, anonymous, lookUpRegistryAuth } from '../../src/auth/lookup.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers, rejection } from './fake-helpers.ts'
import { pipe } from './processes.ts'

const planted = 'pl4nted-s3cret'
const HUB = 'https://index.docker.io/v1/'
const stored = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') })
const helpers = {
  has: `cat > "$DIR/asked"; echo '{"Username":"helped","Secret":"${planted}"}'`,
  token: `cat > "$DIR/asked"; echo '{"Username":"<token>","Secret":"${planted}"}'`,
  hasnot: 'cat > "$DIR/asked"; echo "credentials not found in native keychain"; exit 1',
  broken: `echo ${planted}; echo ${planted} >&2; exit 1`,
}

/** Looks up with this config.json and these helpers; the header decoded. */
async function look(config: unknown, query: Partial<AuthQuery> = {}) {
  const { env, read } = await fakeHelpers(helpers, config)
  const auth = await lookUpRegistryAuth({ registry: 'r.io', env, ...query })
  const sent: unknown = auth.header && JSON.parse(Buffer.from(auth.header.reveal(), 'base64url').toString())
  expect(exposure(auth)).not.toContain(planted)
  return { source: auth.source, sent, asked: () => read('asked') }
}

const user = (username: string, password: string, serveraddress = 'r.io') => ({
  username,
  password,
  serveraddress,
})

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

describe('config.json', () => {
  const file = { auths: { 'r.io': stored('file:p:w') } }
  const fromFile = { source: 'config.json', sent: user('file', 'p:w') }
  const fromHelper = { source: 'helper has', sent: user('helped', planted) }
  const none = { source: 'anonymous', sent: undefined }

  test.each([
    ['nothing at all', undefined, none],
    ['no entry', { auths: { 'other.io': stored('a:b') } }, none],
    ['an entry', file, fromFile],
    ['the mark that docker login leaves', { auths: { 'r.io': {} } }, none],
    ['a store', { ...file, credsStore: 'has' }, fromHelper],
    ['a store without them: no fallback to the file', { ...file, credsStore: 'hasnot' }, none],
    ['an empty store', { ...file, credsStore: '' }, fromFile],
    ['a helper', { ...file, credHelpers: { 'r.io': 'has' } }, fromHelper],
    ['a helper before the store', { credHelpers: { 'r.io': 'has' }, credsStore: 'broken' }, fromHelper],
    [
      'a helper without them: no fallback to the store',
      { credHelpers: { 'r.io': 'hasnot' }, credsStore: 'has' },
      none,
    ],
    ['a helper opted out of', { ...file, credHelpers: { 'r.io': '' }, credsStore: 'broken' }, fromFile],
    [
      'helpers of others',
      { ...file, credHelpers: { 'https://r.io': 'broken', 'r.io:5000': 'broken', 'R.IO': 'broken' } },
      fromFile,
    ],
    [
      'a helper beside a malformed entry',
      { auths: { 'r.io': 1 }, credHelpers: { 'r.io': 'has' } },
      fromHelper,
    ],
    [
      'an entry beside malformed ones',
      { auths: { 'bad.io': 1, 'r.io': stored('file:p:w'), 'r.io/x': { auth: '!' } } },
      fromFile,
    ],
    [
      'a token from a helper',
      { credsStore: 'token' },
      { source: 'helper token', sent: { identitytoken: planted, serveraddress: 'r.io' } },
    ],
  ])('%s', async (_, config, expected) => {
    expect(await look(config)).toMatchObject(expected)
  })

  test.each(['https://r.io/v2/', 'r.io/team'])('the stored key %s is the address', async key => {
    expect((await look({ auths: { [key]: stored('u:p') } })).sent).toEqual(user('u', 'p', key))
  })

  test.each([
    [
      'its key in auths',
      { auths: { [HUB]: stored('u:p') } },
      { source: 'config.json', sent: user('u', 'p', HUB) },
    ],
    [
      'its domains in auths',
      { auths: { 'docker.io': stored('u:p'), 'index.docker.io': stored('u:p') } },
      none,
    ],
    [
      'its key in credHelpers',
      { credHelpers: { [HUB]: 'has' } },
      { source: 'helper has', sent: user('helped', planted, HUB) },
    ],
    ['its domain in credHelpers', { credHelpers: { 'docker.io': 'has' } }, none],
  ])('the Hub: %s', async (_, config, expected) => {
    expect(await look(config, { registry: 'docker.io' })).toMatchObject(expected)
  })

  test('the helper is asked for the key', async () => {
    const hub = await look({ credsStore: 'has' }, { registry: 'docker.io' })
    expect(await hub.asked()).toBe(HUB)
    const other = await look({ credsStore: 'hasnot' }, { registry: 'r.io:5000' })
    expect(await other.asked()).toBe('r.io:5000')
  })

  test('is looked for where the option says', async () => {
    const { directory } = await fakeHelpers({}, file)
    expect(await look({}, { config: directory })).toMatchObject(fromFile)
  })

  test('anonymous is one value', async () => {
    const { env } = await fakeHelpers()
    expect(await lookUpRegistryAuth({ registry: 'r.io', env })).toBe(anonymous)
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
})

describe('an abort', () => {
  test('before it: nothing is asked', async () => {
    const { env, directory } = await fakeHelpers(helpers, { credsStore: 'has' })
    const query = { registry: 'r.io', env, signal: AbortSignal.abort('enough') }
    expect(await rejection(lookUpRegistryAuth(query))).toBe('enough')
    await expect(access(join(directory, 'asked'))).rejects.toThrow('ENOENT')
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
