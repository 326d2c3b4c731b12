import { createHash } from 'node:crypto'
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LocateOptions, locate, usualSockets } from '../../../src/engine/address/locate.ts'
import { engineError, exposure } from '../../support/errors.ts'

/** A home with these files in it. */
async function home(files: Record<string, string> = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-home-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), content)
  }
  return directory
}

function contextFile(name: string, host: string): Record<string, string> {
  const id = createHash('sha256').update(name).digest('hex')
  return {
    [`.docker/contexts/meta/${id}/meta.json`]: JSON.stringify({ Endpoints: { docker: { Host: host } } }),
  }
}

const files = {
  ...contextFile('asked', 'tcp://asked'),
  ...contextFile('from-env', 'tcp://from-env'),
  ...contextFile('current', 'tcp://current'),
  '.docker/config.json': JSON.stringify({ currentContext: 'current' }),
}
const everything = { DOCKER_HOST: 'tcp://host-env', DOCKER_CONTEXT: 'from-env' }

test.each<[string, LocateOptions, NodeJS.ProcessEnv, string]>([
  ['an address beats all', { host: 'tcp://given' }, everything, 'tcp://given'],
  ['a context asked for beats DOCKER_HOST', { context: 'asked' }, everything, 'tcp://asked'],
  ['DOCKER_HOST beats DOCKER_CONTEXT', {}, everything, 'tcp://host-env'],
  ['DOCKER_CONTEXT beats the current one', {}, { DOCKER_CONTEXT: 'from-env' }, 'tcp://from-env'],
  ['an empty DOCKER_HOST is none', {}, { ...everything, DOCKER_HOST: '' }, 'tcp://from-env'],
  ['the current context comes last', {}, { DOCKER_HOST: '', DOCKER_CONTEXT: '' }, 'tcp://current'],
])('%s', async (_, options, env, text) => {
  const HOME = await home(files)
  expect(await locate({ ...options, env: { HOME, ...env } })).toMatchObject({ kind: 'tcp', text })
})

test('an address and a context together are refused', async () => {
  const options = { host: 'tcp://given', context: 'asked', env: {} }
  expect(await engineError(locate(options))).toMatchObject({ code: 'usage', hint: 'Leave one of them out.' })
})

test.each([
  ['DOCKER_CONFIG', (directory: string) => ({ env: { DOCKER_CONFIG: join(directory, '.docker') } })],
  ['HOME', (directory: string) => ({ env: { HOME: directory } })],
  [
    'the option, before DOCKER_CONFIG',
    (directory: string) => ({ config: join(directory, '.docker'), env: { DOCKER_CONFIG: '/nowhere' } }),
  ],
])('finds the configuration by %s', async (_, options) => {
  expect(await locate(options(await home(files)))).toMatchObject({ text: 'tcp://current' })
})

/** The place that is tried after those of `config.json`; the machine's own Engine may stand before it. */
async function firstUsual(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const text of usualSockets(env)) {
    const there = await access(text.slice('unix://'.length)).then(
      () => true,
      () => false,
    )
    if (there) return text
  }
  return undefined
}

test.each([
  ['no config.json', {}],
  ['an empty config.json', { '.docker/config.json': '' }],
  ['no current context', { '.docker/config.json': '{}' }],
  ['an empty current context', { '.docker/config.json': '{"currentContext":""}' }],
  ['a current context that is no text', { '.docker/config.json': '{"currentContext":7}' }],
  ['a config.json that is no object', { '.docker/config.json': 'null' }],
  ['the context "default"', { '.docker/config.json': '{"currentContext":"default"}' }],
])('the usual sockets are tried with %s', async (_, config) => {
  const HOME = await home({ ...config, 'runtime/podman/podman.sock': '' })
  const env = { HOME, XDG_RUNTIME_DIR: join(HOME, 'runtime') }
  expect(await locate({ env })).toMatchObject({ kind: 'socket', text: await firstUsual(env) })
})

test.runIf(process.platform === 'linux')('the usual sockets, in their order', () => {
  expect(usualSockets({ HOME: '/home/me', XDG_RUNTIME_DIR: '/run/user/7' })).toEqual([
    'unix:///var/run/docker.sock',
    'unix:///run/user/7/docker.sock',
    'unix:///home/me/.docker/run/docker.sock',
    'unix:///home/me/.docker/desktop/docker.sock',
    'unix:///run/user/7/podman/podman.sock',
    'unix:///run/podman/podman.sock',
  ])
  expect(usualSockets({ HOME: '/home/me' })).not.toContain('unix:///docker.sock')
})

test('an earlier socket wins over a later one', async () => {
  const HOME = await home({ '.docker/run/docker.sock': '', 'runtime/podman/podman.sock': '' })
  const env = { HOME, XDG_RUNTIME_DIR: join(HOME, 'runtime') }
  const { text } = await locate({ env })
  expect(text).toBe(await firstUsual(env))
  expect(text).not.toContain('podman')
})

test('without any socket, all that was tried is told', async () => {
  const HOME = await home()
  if ((await firstUsual({ HOME })) !== undefined) return
  const error = await engineError(locate({ env: { HOME } }))
  expect(error).toMatchObject({ code: 'no-socket', kind: 'engine-unreachable' })
  for (const socket of usualSockets({ HOME })) expect(error.hint).toContain(socket)
})

test('a config.json that is not JSON is not quoted', async () => {
  const HOME = await home({ '.docker/config.json': '{"auths":{"r.io":{"auth":"hunter2"}},' })
  const error = await engineError(locate({ env: { HOME } }))
  expect(error).toMatchObject({ code: 'usage', hint: expect.stringContaining('DOCKER_HOST') })
  expect(error.message).toContain(join(HOME, '.docker/config.json'))
  expect(exposure(error)).not.toContain('hunter2')
})

test('a config.json that cannot be read is no reason to go on without it', async () => {
  const HOME = await home()
  await mkdir(join(HOME, '.docker/config.json'), { recursive: true })
  await chmod(join(HOME, '.docker/config.json'), 0o755)
  const error = await engineError(locate({ env: { HOME } }))
  expect(error.code).toBe('usage')
  expect(error.message).toContain("can't be read (EISDIR)")
})

describe('certificates by the environment', () => {
  /** A configuration directory with these files. */
  async function certificates(...names: string[]): Promise<string> {
    const directory = await home()
    for (const name of names) await writeFile(join(directory, name), '')
    return directory
  }

  test.each([{}, { DOCKER_TLS_VERIFY: '', DOCKER_TLS: '' }, { DOCKER_CERT_PATH: '/certs' }])(
    'none by %j',
    async env => {
      expect(await locate({ host: 'tcp://host', config: '/config', env })).not.toHaveProperty('tls')
    },
  )

  test.each([
    [{ DOCKER_TLS_VERIFY: '1' }, true],
    [{ DOCKER_TLS_VERIFY: '0' }, true],
    [{ DOCKER_TLS_VERIFY: 'false' }, true],
    [{ DOCKER_TLS: '1' }, false],
  ])('%j, verified: %j', async (env, verify) => {
    const directory = await certificates('ca.pem', 'cert.pem', 'key.pem')
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(name => join(directory, name))
    const expected = { port: 2376, tls: { ca, cert, key, verify } }
    expect(await locate({ host: 'tcp://host', config: directory, env })).toMatchObject(expected)
    const elsewhere = { ...env, DOCKER_CERT_PATH: directory }
    expect(await locate({ host: 'tcp://host', config: '/config', env: elsewhere })).toMatchObject(expected)
  })

  test('one of ours is sent only where there is one: not every Engine asks for it', async () => {
    const directory = await certificates('ca.pem')
    const address = await locate({ host: 'tcp://host', config: directory, env: { DOCKER_TLS_VERIFY: '1' } })
    expect(address).toHaveProperty('tls', { ca: join(directory, 'ca.pem'), verify: true })
  })
})

test('certificates given beat the environment, and go with DOCKER_HOST', async () => {
  const tls = { ca: '/mine/ca.pem' }
  const env = { DOCKER_HOST: 'tcp://host', DOCKER_TLS_VERIFY: '1' }
  expect(await locate({ tls, env })).toMatchObject({ port: 2376, tls })
})
