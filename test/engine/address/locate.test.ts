import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { locate, type OneEngine, usualSockets } from '../../../src/engine/address/locate.ts'
import { engineError } from '../../support/errors.ts'

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

test.each<[string, OneEngine, NodeJS.ProcessEnv, string]>([
  ['an address beats all', { host: 'tcp://given' }, everything, 'tcp://given'],
  ['a context asked for beats DOCKER_HOST', { context: 'asked' }, everything, 'tcp://asked'],
  ['DOCKER_HOST beats DOCKER_CONTEXT', {}, everything, 'tcp://host-env'],
  ['DOCKER_CONTEXT beats the current one', {}, { DOCKER_CONTEXT: 'from-env' }, 'tcp://from-env'],
  ['an empty DOCKER_HOST is none', {}, { ...everything, DOCKER_HOST: '' }, 'tcp://from-env'],
  ['the context "default" is DOCKER_HOST', { context: 'default' }, everything, 'tcp://host-env'],
  ['a DOCKER_HOST of blanks is none', {}, { ...everything, DOCKER_HOST: ' ' }, 'tcp://from-env'],
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

test('without any socket, the error names all that were tried', async () => {
  const HOME = await home()
  if ((await firstUsual({ HOME })) !== undefined) return
  const error = await engineError(locate({ env: { HOME } }))
  expect(error).toMatchObject({ code: 'no-socket', kind: 'engine-unreachable' })
  for (const socket of usualSockets({ HOME })) expect(error.hint).toContain(socket)
})

describe('a config.json that can not be read is ignored, with a warning', () => {
  test.each<[string, (file: string) => Promise<unknown>, string]>([
    ['not complete', file => writeFile(file, '{"auths":{"r.io":{"auth":"hunter2"}},'), 'is not JSON'],
    ['with a comment', file => writeFile(file, '// hunter2\n{}'), 'is not JSON'],
    ['in UTF-16', file => writeFile(file, '\ufeff{"auths":{}}', 'utf16le'), 'is not JSON'],
    ['a list', file => writeFile(file, 'null'), 'is not a JSON object'],
    ['a directory', file => mkdir(file), "can't be read (EISDIR)"],
    ['a FIFO', file => promisify(execFile)('mkfifo', [file]), "can't be read (not a regular file)"],
    ['endless', file => symlink('/dev/zero', file), "can't be read (not a regular file)"],
    [
      'too large',
      file => writeFile(file, Buffer.alloc(5 * 1024 * 1024)),
      "can't be read (larger than 4 MiB)",
    ],
    ['a link to itself', file => symlink(file, file), "can't be read (ELOOP)"],
  ])('%s', async (_, make, problem) => {
    const HOME = await home({ 'runtime/podman/podman.sock': '' })
    await mkdir(join(HOME, '.docker'))
    await make(join(HOME, '.docker/config.json'))
    const env = { HOME, XDG_RUNTIME_DIR: join(HOME, 'runtime') }
    const warnings: string[] = []
    const onWarning = (message: string) => void warnings.push(message)
    expect(await locate({ env, onWarning })).toMatchObject({ kind: 'socket', text: await firstUsual(env) })
    expect(warnings).toEqual([expect.stringContaining(`${join(HOME, '.docker/config.json')} ${problem}`)])
    expect(warnings[0]).not.toContain('hunter2')
    // Where it is not asked for the context, it does not matter.
    expect(await locate({ host: 'tcp://given', env, onWarning })).toMatchObject({ text: 'tcp://given' })
    expect(warnings).toHaveLength(1)
  })
})

test('a context whose file is a FIFO', async () => {
  const HOME = await home()
  const folder = join(HOME, '.docker/contexts/meta', createHash('sha256').update('x').digest('hex'))
  await mkdir(folder, { recursive: true })
  await promisify(execFile)('mkfifo', [join(folder, 'meta.json')])
  const error = await engineError(locate({ context: 'x', env: { HOME } }))
  expect(error.message).toContain("can't be read (not a regular file)")
})

describe.runIf(process.getuid?.() === 0)('a user without HOME and without an entry in /etc/passwd', () => {
  const module = join(import.meta.dirname, '../../../src/engine/address/locate.ts')

  /** What locate() gives a user that the system does not know. */
  async function located(options: OneEngine): Promise<unknown> {
    const program = `
      const { locate } = await import(${JSON.stringify(module)})
      const found = await locate(${JSON.stringify(options)}).catch(({ code, message, hint }) => ({ code, message, hint }))
      process.stdout.write(JSON.stringify(found))`
    const who = { uid: 12345, gid: 12345, env: {}, cwd: '/' }
    return JSON.parse((await promisify(execFile)(process.execPath, ['--eval', program], who)).stdout)
  }

  test('needs no more than an address', async () => {
    expect(await located({ host: 'tcp://given' })).toMatchObject({ text: 'tcp://given' })
  })

  test.each<OneEngine>([{ context: 'x' }, { host: 'tcp://given', env: { DOCKER_TLS_VERIFY: '1' } }])(
    'gets an error that says what is missing: %j',
    async options => {
      expect(await located(options)).toMatchObject({ code: 'usage', hint: expect.stringContaining('HOME') })
    },
  )
})

test('without a home directory the usual sockets are those that lie elsewhere', () => {
  expect(usualSockets({}, '')).toEqual(['unix:///var/run/docker.sock', 'unix:///run/podman/podman.sock'])
})

test('HttpHeaders of config.json go with the address', async () => {
  const HttpHeaders = { 'X-Team': 'batch', 'X-Number': 7 }
  const HOME = await home({ '.docker/config.json': JSON.stringify({ HttpHeaders }) })
  expect(await locate({ host: 'tcp://given', env: { HOME } })).toHaveProperty('headers', {
    'X-Team': 'batch',
  })
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
