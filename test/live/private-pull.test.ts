import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import { run } from '../../src/run/run.ts'
import { leftBehind, readAudit, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import type { SeenRequest } from './support/relay.ts'
import { engineJson } from './support/request.ts'

// One byte longer each: three in a row have JSON of every length modulo 3, whatever stands in it beside the name.
const users = ['al', 'ali', 'alic']
// In base64 there are "+" and "/" wherever these begin, as long as there are four of them.
const passwords = ['open>>>>sesame????', 'pässwört-ключ-🔑-ÿÿÿÿ']
const people = users.flatMap(name =>
  passwords.map((password, index) => ({ username: `${name}${index}`, password })),
)
const alice = { username: 'alice', password: 'sesame' }

let engine: TestEngine
let registry: TestRegistry
let image: string
let user: User

beforeAll(async () => {
  engine = await startEngine()
  const logins = [...people, alice].map(({ username, password }) => [username, password])
  registry = await startRegistry({ users: Object.fromEntries(logins) })
  image = `${registry.address}/team/batch:1.4`
  await importBusybox(engine.socket, 'busybox:live')
  await tag(engine.socket, 'busybox:live', image)
  await push(engine.socket, image, alice)
  await remove(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
  const { RepoTags } = await engineJson<{ RepoTags: string[] }>(
    engine.socket,
    'GET',
    '/images/busybox:live/json',
  )
  if (RepoTags.includes(image)) await remove(engine.socket, image)
})

type Login = (typeof people)[number]

/** Who asked the registry for something while `act` went on. */
async function visitors(act: () => Promise<void>): Promise<(string | undefined)[]> {
  const before = registry.requests().length
  await act()
  const known = registry
    .requests()
    .slice(before)
    .filter(({ authorization }: SeenRequest) => authorization)
  return [...new Set(known.map(({ user }) => user))]
}

function store({ username, password }: Login): void {
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  user.write('config.json', { auths: { [registry.address]: { auth } } })
}

function installHelper({ username, password }: Login): void {
  const answer = user.write('answer', { ServerURL: registry.address, Username: username, Secret: password })
  user.write('config.json', { credHelpers: { [registry.address]: 'safe' } })
  user.install('docker-credential-safe', `#!/bin/sh\ncat >'${user.path('asked')}'\nexec cat '${answer}'\n`)
}

/** Runs the image by the command; its audit must show the credentials on the pull and nowhere else. */
async function runOnce(...flags: string[]): Promise<void> {
  const audit = user.path('audit')
  const ended = await user.run(['run', '--audit', audit, ...flags, image, 'echo', 'done'])
  expect(ended).toMatchObject({ status: 0, text: 'done\n' })
  const bearing = readAudit(audit).filter(line => 'X-Registry-Auth' in line)
  expect(bearing).toHaveLength(1)
  expect(bearing[0]).toMatchObject({ method: 'POST', status: 200, 'X-Registry-Auth': 'present' })
  expect(bearing[0]?.path).toMatch(/^\/v[\d.]+\/images\/create\?/)
}

it('the passwords are the difficult ones', () => {
  for (const login of people) {
    const base64 = Buffer.from(JSON.stringify(login)).toString('base64')
    expect(base64).toMatch(login.password.startsWith('open') ? /\+.*\// : /[+/]/)
  }
  const lengths = people.map(login => Buffer.byteLength(JSON.stringify(login)) % 3)
  for (const index of [0, 1]) {
    expect(new Set(lengths.filter((_, at) => at % 2 === index))).toEqual(new Set([0, 1, 2]))
  }
})

describe.each(people)('$username with $password', login => {
  it('pulls as config.json says', async () => {
    store(login)
    expect(await visitors(() => runOnce())).toEqual([login.username])
  })

  it('pulls as a credential helper says', async () => {
    installHelper(login)
    expect(await visitors(() => runOnce())).toEqual([login.username])
    expect(readFileSync(user.path('asked'), 'utf8')).toBe(registry.address)
  })

  it.each<[string, (login: Login) => Login | (() => Promise<Login>)]>([
    ['plain', login => login],
    ['from a function', login => async () => login],
  ])('pulls with credentials handed over: %s', async (_, credentials) => {
    const reports: RequestReport[] = []
    const note = (report: unknown) => void reports.push(report as RequestReport)
    subscribe('holdfast:engine:request', note)
    const names = await visitors(async () => {
      const outcome = await run({
        engine: engine.host,
        image,
        command: ['echo', 'done'],
        credentials: credentials(login),
      })
      expect(outcome).toMatchObject({
        kind: 'ok',
        stdout: 'done\n',
        registry: { contacted: true, reason: 'missing' },
      })
    }).finally(() => unsubscribe('holdfast:engine:request', note))
    expect(names).toEqual([login.username])
    const bearing = reports.filter(({ registryAuth }) => registryAuth === 'present')
    expect(bearing.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`)).toEqual([
      expect.stringMatching(/^POST \/v[\d.]+\/images\/create$/),
    ])
  })
})

describe('the policy', () => {
  it('missing asks the registry once, for the first of two runs', async () => {
    store(alice)
    expect(await visitors(() => runOnce())).toEqual(['alice'])
    const asked = registry.requests().length
    expect(await user.run(['run', image, 'echo', 'again'])).toMatchObject({
      status: 0,
      text: 'again\n',
      stderr: '',
    })
    expect(registry.requests()).toHaveLength(asked)
  })

  it('always asks each time', async () => {
    store(alice)
    await tag(engine.socket, 'busybox:live', image)
    expect(await visitors(() => runOnce('--pull', 'always'))).toEqual(['alice'])
    expect(await visitors(() => runOnce('--pull=always'))).toEqual(['alice'])
  })

  it('always fails when the registry refuses, though the image is local', async () => {
    store({ ...alice, password: 'wrong' })
    await tag(engine.socket, 'busybox:live', image)
    const report = user.path('outcome')
    const ended = await user.run(['run', '--pull', 'always', '--outcome', report, image, 'echo', 'done'])
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      kind: 'registry-denied',
      container: null,
      registry: { contacted: true, reason: 'always' },
    })
  })

  it('never does not ask, whether the image is local or not', async () => {
    store(alice)
    const asked = registry.requests().length
    const report = user.path('outcome')
    const absent = await user.run(['run', '--pull', 'never', '--outcome', report, image, 'echo', 'done'])
    expect(absent).toMatchObject({ status: 125, text: '' })
    expect(absent.stderr).toMatch(/^holdfast: image-missing: .*\nholdfast: .*\n$/)
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      kind: 'image-missing',
      registry: { contacted: false },
    })
    await tag(engine.socket, 'busybox:live', image)
    const local = await user.run(['run', '--pull', 'never', image, 'echo', 'done'])
    expect(local).toMatchObject({ status: 0, text: 'done\n', stderr: '' })
    expect(registry.requests()).toHaveLength(asked)
  })
})

it('from an open registry a pull goes out without credentials', async () => {
  await using open = await startRegistry()
  const free = `${open.address}/team/batch:1.4`
  await tag(engine.socket, 'busybox:live', free)
  await push(engine.socket, free)
  await remove(engine.socket, free)
  const audit = user.path('audit')
  store(alice)
  const ended = await user.run(['run', '--audit', audit, free, 'echo', 'done'])
  expect(ended).toMatchObject({ status: 0, text: 'done\n' })
  const pulls = readAudit(audit).filter(({ path }) => path.includes('/images/create'))
  expect(pulls).toHaveLength(1)
  expect(readAudit(audit).filter(line => 'X-Registry-Auth' in line)).toEqual([])
  expect(open.requests().filter(({ authorization }) => authorization)).toEqual([])
  await remove(engine.socket, free)
})

it('holdfast pull pulls with the same credentials, and runs nothing', async () => {
  store(alice)
  const audit = user.path('audit')
  const names = await visitors(async () => {
    const ended = await user.run(['pull', '--audit', audit, image])
    expect(ended).toMatchObject({ status: 0, text: expect.stringMatching(/^sha256:[0-9a-f]{64} 127/) })
  })
  expect(names).toEqual(['alice'])
  expect(readAudit(audit).filter(line => line.path.includes('/containers/'))).toEqual([])
})
