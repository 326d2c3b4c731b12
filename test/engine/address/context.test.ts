import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readContext } from '../../../src/engine/address/context.ts'
import { engineError } from '../../support/errors.ts'

/** The configuration directory of a docker that has this context. */
async function configuration(name: string, meta: unknown, certificates: readonly string[] = []) {
  const config = await mkdtemp(join(tmpdir(), 'holdfast-context-'))
  onTestFinished(() => rm(config, { recursive: true, force: true }))
  const id = createHash('sha256').update(name).digest('hex')
  const folder = join(config, 'contexts/meta', id)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'meta.json'), typeof meta === 'string' ? meta : JSON.stringify(meta))
  const tls = join(config, 'contexts/tls', id, 'docker')
  if (certificates.length > 0) await mkdir(tls, { recursive: true })
  for (const file of certificates) await writeFile(join(tls, file), 'PEM')
  return { config, tls, file: join(folder, 'meta.json') }
}

const endpoint = (docker: object) => ({ Name: 'far', Metadata: {}, Endpoints: { docker } })

test('the folder is named after the SHA-256 of the name', async () => {
  const config = await mkdtemp(join(tmpdir(), 'holdfast-context-'))
  onTestFinished(() => rm(config, { recursive: true, force: true }))
  // printf desktop-linux | sha256sum
  const id = 'fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e'
  await mkdir(join(config, 'contexts/meta', id), { recursive: true })
  await writeFile(
    join(config, 'contexts/meta', id, 'meta.json'),
    JSON.stringify(endpoint({ Host: 'unix:///d.sock' })),
  )
  expect(await readContext(config, 'desktop-linux')).toEqual({
    kind: 'socket',
    text: 'unix:///d.sock',
    path: '/d.sock',
  })
})

test.each([
  ['no certificates, no TLS', {}, [], undefined],
  ['only those that are there', {}, ['ca.pem'], { ca: 'ca.pem', verify: true }],
  [
    'all three',
    {},
    ['ca.pem', 'cert.pem', 'key.pem'],
    { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem', verify: true },
  ],
  ['SkipTLSVerify', { SkipTLSVerify: true }, ['ca.pem'], { ca: 'ca.pem', verify: false }],
  ['SkipTLSVerify alone', { SkipTLSVerify: true }, [], { verify: false }],
  ['files of other names', {}, ['readme.txt'], { verify: true }],
] as const)('certificates: %s', async (_, docker, certificates, expected) => {
  const { config, tls } = await configuration('far', endpoint({ Host: 'tcp://far', ...docker }), certificates)
  const address = await readContext(config, 'far')
  if (expected === undefined) return expect(address).toMatchObject({ port: 2375 })
  const files = Object.entries(expected).map(([key, value]) => [
    key,
    typeof value === 'string' ? join(tls, value) : value,
  ])
  expect(address).toEqual({
    kind: 'tcp',
    text: 'tcp://far',
    hostname: 'far',
    port: 2376,
    basePath: '',
    tls: Object.fromEntries(files),
  })
})

test('a context that is not there', async () => {
  const { config } = await configuration('far', endpoint({ Host: 'tcp://far' }))
  expect(await engineError(readContext(config, 'Far'))).toMatchObject({
    code: 'usage',
    message: 'the docker context "Far" does not exist',
    hint: 'See `docker context ls`.',
  })
})

test.each([
  ['is broken', '{'],
  ['has no address of an Engine', 'null'],
  ['has no address of an Engine', '{}'],
  ['has no address of an Engine', { Endpoints: { kubernetes: { Host: 'tcp://k' } } }],
  ['has no address of an Engine', endpoint({ Host: 7 })],
])('a context that %s: %j', async (problem, meta) => {
  const { config, file } = await configuration('far', meta)
  const error = await engineError(readContext(config, 'far'))
  expect(error.message).toBe(`the docker context "far" ${problem}`)
  expect(error.hint).toContain(file)
})

test('a context that cannot be read', async () => {
  const { config, file } = await configuration('far', '{}')
  await rm(file)
  await mkdir(file)
  expect((await engineError(readContext(config, 'far'))).message).toContain("can't be read (EISDIR)")
})

test('certificates that cannot be read', async () => {
  const { config, tls } = await configuration('far', endpoint({ Host: 'tcp://far' }))
  await mkdir(join(tls, '..'), { recursive: true })
  await writeFile(tls, 'a file where a folder belongs')
  expect(await engineError(readContext(config, 'far'))).toMatchObject({
    code: 'usage',
    message: `the docker context "far" has certificates that can't be read (ENOTDIR)`,
  })
})

test('an address in a context is held to the same rules', async () => {
  const { config } = await configuration('far', endpoint({ Host: 'tcp://me:hunter2@far' }))
  expect((await engineError(readContext(config, 'far'))).message).not.toContain('hunter2')
})
