import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { anonymous, lookUpRegistryAuth } from '../../src/auth/lookup.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers } from './fake-helpers.ts'
import { broken, HUB, look, planted, stored, user } from './look.ts'

const good = stored('u:p')
const bad = stored('bad:bad')
const file = { auths: { 'r.io': stored('file:p:w') } }
const variable = { auths: { 'r.io': stored('variable:v') } }
const fromFile = { source: 'config.json', sent: user('file', 'p:w') }
const fromVariable = { source: 'DOCKER_AUTH_CONFIG', sent: user('variable', 'v') }
const fromHelper = { source: 'helper has', sent: user('helped', planted) }
const none = { source: 'anonymous', sent: undefined }

describe('config.json', () => {
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
      'a helper beside broken ones and a broken store',
      { credHelpers: { 's.io': 1, 'r.io': 'has', 't.io': { planted } }, credsStore: 1 },
      fromHelper,
    ],
    [
      'a store beside a broken helper of another',
      { credHelpers: { 's.io': 1 }, credsStore: 'has' },
      fromHelper,
    ],
    ['a store beside broken entries', { auths: [planted], credsStore: 'has' }, fromHelper],
    ['an entry beside broken helpers', { ...file, credHelpers: { 's.io': [planted] } }, fromFile],
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

  test.each([
    ['the longest path', { 'r.io': bad, 'r.io/team': good, 'r.io/team/other': bad }, 'r.io/team'],
    ['the registry, beside other paths', { 'r.io/a': bad, 'r.io': good }, 'r.io'],
    ['a URL', { 'https://R.io/team/': good, 'r.io': bad }, 'r.io'],
    ['another path', { 'r.io/other': good }, 'r.io/other'],
  ])('for a repository: %s', async (_, auths, address) => {
    expect(await look({ auths }, { repository: 'team/app' })).toMatchObject({ sent: user('u', 'p', address) })
  })

  test('for a repository of the Hub, the Hub is the address', async () => {
    const auths = { [HUB]: bad, 'docker.io': bad, 'docker.io/team': good }
    const { sent } = await look({ auths }, { registry: 'docker.io', repository: 'team/app' })
    expect(sent).toEqual(user('u', 'p', HUB))
    const other = await look({ auths }, { registry: 'docker.io', repository: 'teams/app' })
    expect(other.sent).toEqual(user('bad', 'bad', HUB))
  })

  test('the helper is asked for the registry, whatever the repository', async () => {
    const { asked } = await look({ credHelpers: { 'r.io': 'has' } }, { repository: 'team/app' })
    expect(await asked()).toBe('r.io')
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

  test('is read again each time', async () => {
    const { directory, env } = await fakeHelpers({}, file)
    const sources = []
    for (const config of [file, {}, file]) {
      await writeFile(join(directory, 'config.json'), JSON.stringify(config))
      sources.push((await lookUpRegistryAuth({ registry: 'r.io', env })).source)
    }
    expect(sources).toEqual(['config.json', 'anonymous', 'config.json'])
  })

  test('anonymous is one value', async () => {
    const { env } = await fakeHelpers()
    expect(await lookUpRegistryAuth({ registry: 'r.io', env })).toBe(anonymous)
  })
})

describe('DOCKER_AUTH_CONFIG', () => {
  test.each<[string, unknown, unknown, object]>([
    ['is not set', undefined, file, fromFile],
    ['is empty', '', file, fromFile],
    ['is blank', ' \n', file, fromFile],
    ['has nothing', {}, file, fromFile],
    ['has the entry', variable, file, fromVariable],
    ['has the entry, and the file a store', variable, { credsStore: 'broken' }, fromVariable],
    ['has the entry, and the file a helper', variable, { credHelpers: { 'r.io': 'broken' } }, fromVariable],
    ['has the entry, and the file is malformed', variable, '{', fromVariable],
    ['has entries of others', { auths: { 's.io': bad, 'r.io:5000': bad } }, file, fromFile],
    [
      'has entries of others, and the file a store',
      { auths: { 's.io': bad } },
      { credsStore: 'has' },
      fromHelper,
    ],
    ['has an entry of another path', { auths: { 'r.io/other': bad } }, file, fromFile],
    ['has broken entries of others', { auths: { 's.io': 1, 'r.io/other': { auth: '!' } } }, file, fromFile],
    ['has a mark', { auths: { 'r.io': {} } }, file, fromFile],
    [
      'has what others put into config.json',
      { HttpHeaders: {}, psFormat: 1, ...variable },
      file,
      fromVariable,
    ],
    ['has a store', { credsStore: 'has' }, file, fromHelper],
    ['has a helper', { ...variable, credHelpers: { 'r.io': 'has' }, credsStore: 1 }, file, fromHelper],
    ['has a helper without them: none of its entries', { ...variable, credsStore: 'hasnot' }, {}, none],
    [
      'has a helper without them, and the file an entry',
      { ...variable, credsStore: 'hasnot' },
      file,
      fromFile,
    ],
    [
      'opts out of its store',
      { ...variable, credHelpers: { 'r.io': '' }, credsStore: 'broken' },
      {},
      fromVariable,
    ],
    [
      'opts out of its store alone',
      { credHelpers: { 'r.io': '' }, credsStore: 'broken' },
      { credsStore: 'has' },
      fromHelper,
    ],
    ['has them nowhere', { auths: {} }, {}, none],
  ])('%s', async (_, variable, config, expected) => {
    expect(await look(config, { repository: 'team/app' }, variable)).toMatchObject(expected)
  })

  test('has the longest path of its own, be the one in the file longer', async () => {
    const auths = { 'r.io': bad, 'r.io/team': stored('variable:v') }
    const config = { auths: { 'r.io/team/app': bad } }
    expect(await look(config, { repository: 'team/app' }, { auths })).toMatchObject({
      source: 'DOCKER_AUTH_CONFIG',
      sent: user('variable', 'v', 'r.io/team'),
    })
  })

  test('has the Hub under its key', async () => {
    expect(await look(file, { registry: 'docker.io' }, { auths: { [HUB]: good } })).toMatchObject({
      source: 'DOCKER_AUTH_CONFIG',
      sent: user('u', 'p', HUB),
    })
  })

  test('counts before a directory that is given, as for docker', async () => {
    const { directory } = await fakeHelpers({}, file)
    expect(await look({}, { config: directory }, variable)).toMatchObject(fromVariable)
    expect(await look({}, { config: directory }, { auths: {} })).toMatchObject(fromFile)
  })

  test('is nothing to given credentials', async () => {
    const credentials = { registryToken: 't' }
    expect(await look({}, { credentials }, planted)).toMatchObject({ source: 'explicit' })
    expect(await look({}, { credentials: () => undefined }, variable)).toMatchObject(none)
  })

  test.each([
    ['no JSON', planted],
    ['base64 of JSON', Buffer.from(JSON.stringify(variable)).toString('base64')],
    ['cut JSON', JSON.stringify({ auths: { 'r.io': stored(`u:${planted}`) } }).slice(0, -1)],
    ['two objects', `{"auths":{}}{"auths":{"r.io":{"auth":"${planted}"}}}`],
    ['an array', JSON.stringify([planted])],
    ['auths that is no object', JSON.stringify({ auths: planted })],
    ['credHelpers that is no object', JSON.stringify({ credHelpers: planted })],
    ['a helper that is no name', JSON.stringify({ credHelpers: { 'r.io': { planted } } })],
    ['a store that is no name', JSON.stringify({ credsStore: [planted] })],
    ['an entry that is no object', JSON.stringify({ auths: { 'r.io': planted } })],
    ['an entry that is no base64', JSON.stringify({ auths: { 'r.io': { auth: `${planted}!` } } })],
    ['a broken entry under a telling key', JSON.stringify({ auths: { 'https://r.io': { auth: planted } } })],
  ])('malformed: %s', async (_, text) => {
    const error = await broken(look({}, {}, text))
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      about: 'DOCKER_AUTH_CONFIG',
      message: expect.stringMatching(/^DOCKER_AUTH_CONFIG is malformed: /),
      hint: expect.stringContaining('unset it'),
    })
    for (const content of [planted, stored(`u:${planted}`).auth, 'https:', text])
      expect(exposure(error)).not.toContain(content)
  })

  test.each<[string, unknown, unknown, object]>([
    ['it is no JSON', planted, file, fromFile],
    ['it has an entry that is no object', { auths: { 'r.io': planted } }, file, fromFile],
    ['it has a helper that is not there', { credsStore: 'none' }, file, fromFile],
    ['the file has a helper', planted, { credsStore: 'has' }, fromHelper],
  ])('one that is broken has nothing, and the file counts: %s', async (_, variable, config, expected) => {
    const found = await look(config, {}, variable)
    expect(found).toMatchObject(expected)
    expect(found.broken).toBeInstanceOf(CredentialError)
    expect(`${found.broken?.message} ${found.broken?.hint}`).toContain('DOCKER_AUTH_CONFIG')
  })

  test('a helper of it that is broken: says where it is configured', async () => {
    expect(await broken(look({}, {}, { credsStore: 'none' }))).toMatchObject({
      message: expect.stringContaining('docker-credential-none'),
      hint: expect.stringMatching(/in DOCKER_AUTH_CONFIG\.$/),
    })
  })
})
