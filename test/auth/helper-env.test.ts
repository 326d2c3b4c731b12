import { expect, test } from 'vitest'
import { askHelper } from '../../src/auth/helper.ts'
import { helperEnvironment } from '../../src/auth/helper-env.ts'
import { fakeHelpers } from './fake-helpers.ts'

test('has what a process needs and what helpers document', () => {
  const env = {
    PATH: '/bin',
    HOME: '/home/me',
    LC_ALL: 'C',
    XDG_RUNTIME_DIR: '/run/user/1',
    DBUS_SESSION_BUS_ADDRESS: 'unix:',
    https_proxy: 'http://proxy',
    SystemRoot: 'C:\\Windows',
    DOCKER_CONFIG: '/d',
    AWS_PROFILE: 'p',
    AWS_SECRET_ACCESS_KEY: 's',
    GOOGLE_APPLICATION_CREDENTIALS: '/g',
    CLOUDSDK_CONFIG: '/c',
    AZURE_CLIENT_ID: 'a',
    MSI_SECRET: 'm',
    PASSWORD_STORE_DIR: '/p',
    GNUPGHOME: '/gpg',
    VAULT_ADDR: 'v',
    GITHUB_TOKEN: 't',
  }
  expect(helperEnvironment(env)).toEqual(env)
})

test.each([
  'DB_PASSWORD',
  'DOCKER_AUTH_CONFIG',
  'NODE_OPTIONS',
  'LD_PRELOAD',
  'APP_KEY',
  'PATHS',
  'HOMEPAGE',
])('has nothing else: %s', name => {
  expect(helperEnvironment({ [name]: 'x' })).toEqual({})
})

test('has what HOLDFAST_HELPER_ENV names', () => {
  const env = { ACME_TOKEN: '1', ACME: '2', OTHER: '3', OTHERS: '4', NODE_OPTIONS: '5' }
  expect(helperEnvironment({ ...env, HOLDFAST_HELPER_ENV: ' ACME_*, OTHER ,' })).toEqual({
    ACME_TOKEN: '1',
    OTHER: '3',
  })
})

test('a helper is started with it', async () => {
  const { env, read } = await fakeHelpers({ x: 'env > "$DIR/env"; echo {}' })
  const question = { name: 'x', key: 'r.io', registry: 'r.io', source: 'config.json' }
  const { signal } = new AbortController()
  const given = { ...env, AWS_PROFILE: 'prod', DB_PASSWORD: 'hunter2' }
  await askHelper(question, { env: given, timeout: 5_000, signal })
  const seen = await read('env')
  expect(seen).toContain('AWS_PROFILE=prod')
  expect(seen).not.toContain('hunter2')
})
