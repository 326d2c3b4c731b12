import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configDirectory, loadConfig } from '../../src/auth/config.ts'
import { CredentialError } from '../../src/auth/error.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers, rejection, temporaryDirectory } from './fake-helpers.ts'

const planted = 'pl4nted-s3cret'
const { signal } = new AbortController()

test.each([
  ['the one given', '/given', { DOCKER_CONFIG: '/env', HOME: '/home/me' }, '/given'],
  ['DOCKER_CONFIG', undefined, { DOCKER_CONFIG: '/env', HOME: '/home/me' }, '/env'],
  ['HOME', undefined, { HOME: '/home/me' }, '/home/me/.docker'],
  [
    'HOME, as an empty DOCKER_CONFIG is none',
    undefined,
    { DOCKER_CONFIG: '', HOME: '/home/me' },
    '/home/me/.docker',
  ],
  ['the account', undefined, {}, join(homedir(), '.docker')],
])('the directory comes from %s', (_, given, env, directory) => {
  expect(configDirectory(given, env)).toBe(directory)
})

const load = async (config: unknown) => loadConfig((await fakeHelpers({}, config)).directory, signal)

describe('loadConfig', () => {
  test.each([
    ['no file', undefined],
    ['an empty file', ' \n'],
    ['nulls', '{"auths":null,"credsStore":null}'],
  ])('has no entries: %s', async (_, config) => {
    expect(await load(config)).toMatchObject({ auths: new Map(), credHelpers: new Map(), credsStore: '' })
  })

  test('has no entries: no directory', async () => {
    const directory = join(await temporaryDirectory(), 'none')
    expect((await loadConfig(directory, signal)).auths.size).toBe(0)
  })

  test('gives the sections, and does not check auths', async () => {
    const config = await load({
      auths: { a: 1 },
      credHelpers: { 'r.io': 'x', 's.io': '' },
      credsStore: 'y',
      other: 1,
    })
    expect(config.auths).toEqual(new Map([['a', 1]]))
    expect(config.credHelpers).toEqual(
      new Map([
        ['r.io', 'x'],
        ['s.io', ''],
      ]),
    )
    expect(config.credsStore).toBe('y')
  })

  test.each([
    ['not a JSON object', `{"auths": ${planted}`],
    ['not a JSON object', JSON.stringify([planted])],
    ['auths is not an object', { auths: planted }],
    ['credHelpers is not an object', { credHelpers: [planted] }],
    ['a value in credHelpers is not a string', { credHelpers: { 'r.io': { planted } } }],
    ['credsStore is not a string', { credsStore: [planted] }],
  ])('malformed: %s', async (flaw, config) => {
    const { directory } = await fakeHelpers({}, config)
    const error = await rejection(loadConfig(directory, signal))
    const file = join(directory, 'config.json')
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      about: file,
      message: `${file} is malformed: ${flaw.startsWith('not') ? 'it is ' : ''}${flaw}`,
    })
    expect(exposure(error)).not.toContain(planted)
  })

  test('unreadable: names the file and what to do', async () => {
    const { directory } = await fakeHelpers()
    const file = join(directory, 'config.json')
    await mkdir(file)
    expect(await rejection(loadConfig(directory, signal))).toMatchObject({
      kind: 'credential-error',
      about: file,
      message: `cannot read ${file}: not a regular file`,
      hint: expect.stringContaining('DOCKER_CONFIG'),
    })
  })

  test('unreadable: larger than it can be', async () => {
    await expect(load(' '.repeat(5 * 1024 * 1024))).rejects.toThrow('larger than')
  })

  test('unreadable: a path through a file', async () => {
    const { directory } = await fakeHelpers({}, {})
    await expect(loadConfig(join(directory, 'config.json'), signal)).rejects.toThrow('ENOTDIR')
  })

  test('throws the reason of an aborted signal', async () => {
    const { directory } = await fakeHelpers({}, {})
    const reason = new Error('enough')
    expect(await rejection(loadConfig(directory, AbortSignal.abort(reason)))).toBe(reason)
  })
})
