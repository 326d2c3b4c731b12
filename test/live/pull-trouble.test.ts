import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import { run } from '../../src/run/run.ts'
import { type Command, type Finished, leftBehind, readAudit, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { engineJson } from './support/request.ts'
import { type Mode, startTrouble } from './support/trouble.ts'

const alice = { username: 'alice', password: 'open>>>sesame???-ключ' }

let engine: TestEngine
let registry: TestRegistry
let image: string
let user: User

beforeAll(async () => {
  engine = await startEngine()
  registry = await startRegistry({ users: { [alice.username]: alice.password } })
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
})

function store(password: string, address = registry.address): void {
  const auth = Buffer.from(`${alice.username}:${password}`).toString('base64')
  user.write('config.json', { auths: { [address]: { auth } } })
}

function start(name: string, ...flags: string[]): Command {
  const files = ['--outcome', user.path('outcome'), '--audit', user.path('audit')]
  return user.start(['run', ...files, ...flags, name, 'echo', 'done'])
}

interface Failed {
  kind: string
  /** The Engine's own, if it said any. */
  words: string | undefined
  /** What was said of it, a line each, without the mark that it is holdfast's. */
  lines: string[]
  /** How often the Engine was asked to pull. */
  tries: number
}

/** What a failed pull printed; fails the test where that is not as it must be. */
function failed({ status, text, stderr }: Finished): Failed {
  expect({ status, text }).toEqual({ status: 125, text: '' })
  const { kind, failure, container } = JSON.parse(readFileSync(user.path('outcome'), 'utf8'))
  expect(container).toBeNull()
  const lines = stderr.trimEnd().split('\n')
  expect(lines.filter(line => !line.startsWith('holdfast: '))).toEqual([])
  const said = lines.map(line => line.slice('holdfast: '.length))
  // The pull's progress, and then the error.
  const error = said.slice(said.findIndex(line => line.startsWith(`${kind}: `)))
  expect(error.length).toBeGreaterThanOrEqual(2)
  expect(error.length).toBeLessThanOrEqual(3)
  expect(error[0]).toContain(failure.engineMessage ?? failure.message)
  expect(error[1]).toBe(failure.hint)
  const tries = readAudit(user.path('audit')).filter(({ path }) => path.includes('/images/create')).length
  for (let attempt = 2; attempt <= tries; attempt++) expect(stderr).toContain(`(attempt ${attempt} of 3)`)
  return { kind, words: failure.engineMessage, lines: error, tries }
}

// A secret, in any form in which it goes about.
function forms(password: string): string[] {
  const pair = `${alice.username}:${password}`
  const json = JSON.stringify(password)
  const encoded = [pair, password].map(text => Buffer.from(text).toString('base64'))
  return [
    password,
    json,
    encodeURIComponent(password),
    ...encoded.flatMap(text => [text, text.replace(/=+$/, '')]),
  ]
}

function expectNoSecret(password: string, { text, stderr }: Finished): void {
  const places = {
    text,
    stderr,
    outcome: readFileSync(user.path('outcome'), 'utf8'),
    audit: readFileSync(user.path('audit'), 'utf8'),
  }
  for (const [place, content] of Object.entries(places)) {
    for (const form of forms(password)) expect(content.includes(form), `${form} in ${place}`).toBe(false)
  }
}

describe('a pull is refused', () => {
  it('when the password is wrong', async () => {
    store('wrong-sesame>>>???')
    const ended = await start(image).finished
    const { kind, words, lines, tries } = failed(ended)
    expect(kind).toBe('registry-denied')
    expect(words).toMatch(/unauthorized/)
    expect(tries).toBe(1)
    expect(lines[1]).toContain('config.json')
    expectNoSecret('wrong-sesame>>>???', ended)
  })

  it('when a helper gives a wrong password', async () => {
    const answer = user.write('answer', { Username: 'alice', Secret: 'wrong-sesame' })
    user.write('config.json', { credsStore: 'safe' })
    user.install('docker-credential-safe', `#!/bin/sh\nexec cat '${answer}'\n`)
    const ended = await start(image).finished
    const { kind, lines } = failed(ended)
    expect(kind).toBe('registry-denied')
    expect(lines[1]).toContain('helper safe')
    expectNoSecret('wrong-sesame', ended)
  })

  it('when there is no password', async () => {
    const { kind, words, lines } = failed(await start(image).finished)
    expect(kind).toBe('registry-denied')
    expect(words).toMatch(/no basic auth credentials/)
    expect(lines[1]).toContain(`docker login ${registry.address}`)
  })

  it('when the tag is unknown', async () => {
    store(alice.password)
    const ended = await start(`${registry.address}/team/batch:9.9`).finished
    const { kind, words, lines, tries } = failed(ended)
    expect(kind).toBe('registry-not-found')
    expect(words).toMatch(/manifest unknown/)
    expect(tries).toBe(1)
    expect(lines[1]).toContain('tag')
    expectNoSecret(alice.password, ended)
  })

  it('without credentials, when the helper is broken: the refusal names both', async () => {
    user.write('config.json', { credHelpers: { [registry.address]: 'broken' } })
    user.install(
      'docker-credential-broken',
      `#!/bin/sh\necho '${alice.password}'; echo '${alice.password}' >&2; exit 7\n`,
    )
    const asked = registry.requests().length
    const ended = await start(image).finished
    expect(ended.status).toBe(125)
    expect(ended.stderr).toMatch(
      /^holdfast: credential-error: .*docker-credential-broken.*exit code 7.*without credentials.*\nholdfast: .*\n$/m,
    )
    expectNoSecret(alice.password, ended)
    expect(registry.requests().length).toBeGreaterThan(asked)
  })

  it('and a quiet command says why, and no more', async () => {
    const { stderr, status } = await start(image, '--quiet').finished
    expect(status).toBe(125)
    expect(stderr).toMatch(/^holdfast: registry-denied: .*no basic auth credentials.*\nholdfast: .*\n$/)
  })
})

describe('an outage is reported as one', () => {
  it.each<[Mode | 'stopped', RegExp]>([
    ['stopped', /connection refused/],
    ['500', /500 Internal Server Error/],
    ['503', /503 Service Unavailable/],
    ['429', /toomanyrequests/],
    ['reset', /connection reset/],
    ['html', /invalid character '<'/],
  ])('%s', async (mode, expected) => {
    await using trouble = await startTrouble(mode === 'stopped' ? '500' : mode)
    const { address } = trouble
    store(alice.password, address)
    if (mode === 'stopped') await trouble.stop()
    const ended = await start(`${address}/team/batch:1.4`).finished
    const { kind, words, lines, tries } = failed(ended)
    expect(kind).toBe('registry-outage')
    expect(words).toMatch(expected)
    expect(lines[1]).toContain(address)
    expect(tries).toBe(3)
    expectNoSecret(alice.password, ended)
  })

  it('silent', async () => {
    await using trouble = await startTrouble('silent')
    store(alice.password, trouble.address)
    const command = start(`${trouble.address}/team/batch:1.4`, '--pull-timeout', 'connect=2s')
    await trouble.waitForConnection()
    const lines = commandLines(command.pid)
    expect(lines.filter(line => line.includes('holdfast'))).not.toEqual([])
    for (const form of forms(alice.password)) {
      expect(lines.filter(line => line.includes(form))).toEqual([])
    }
    const ended = await command.finished
    const { kind, lines: told, tries } = failed(ended)
    expect(kind).toBe('registry-outage')
    expect(told[0]).toContain('no progress from the Engine within 2 s')
    expect(tries).toBe(1)
    expectNoSecret(alice.password, ended)
  })
})

/** Of all processes on the machine, as everybody may read them; the command itself among them. */
function commandLines(pid: number): string[] {
  const found = globSync('/proc/[0-9]*/cmdline').map(file => {
    try {
      return { pid: Number(dirname(file).slice('/proc/'.length)), line: readFileSync(file, 'utf8') }
    } catch {
      return { pid: 0, line: '' }
    }
  })
  expect(found.map(process => process.pid)).toContain(pid)
  return found.map(({ line }) => line.replaceAll('\0', ' '))
}

it('a registry that fails twice is asked a third time', async () => {
  await using trouble = await startTrouble('500', registry.address)
  const name = `${trouble.address}/team/batch:1.4`
  const events: RunEvent[] = []
  const outcome = await run({
    engine: engine.host,
    image: name,
    command: ['echo', 'done'],
    credentials: alice,
    onEvent: event => {
      events.push(event)
      if (event.type === 'retry' && event.attempt === 3) trouble.mode = 'proxy'
    },
  })
  expect(outcome).toMatchObject({ kind: 'ok', stdout: 'done\n', stale: null, failure: null })
  const told = { type: 'retry', image: name, failure: { kind: 'registry-outage' } }
  expect(events.filter(({ type }) => type === 'retry')).toMatchObject([
    { ...told, attempt: 2 },
    { ...told, attempt: 3 },
  ])
  expect(events.filter(({ type }) => type === 'pull')).toHaveLength(1)
  await remove(engine.socket, name)
})

/** Whether the wrong one is the registry's or on the Engine; of the Engines some take what there is, some say so themselves. */
async function expectMismatch({ host, socket }: TestEngine): Promise<void> {
  store(alice.password)
  for (const [policy, tries] of [
    ['missing', 1],
    ['missing', 1],
    ['never', 0],
  ] as const) {
    const command = start(image, '--host', host, '--platform', 'linux/s390x', '--pull', policy)
    const told = failed(await command.finished)
    expect(told).toMatchObject({ kind: 'image-mismatch', tries })
    expect(told.lines[0]).toMatch(/linux\/(amd64|arm64)/)
    expect(told.lines[0]).toContain('linux/s390x')
  }
  await remove(socket, image)
}

describe('an image for another platform than the one asked for', () => {
  it('does not run, and is named', async () => {
    await expectMismatch(engine)
  })

  it("does not with containerd's image store", async ({ skip }) => {
    const { Version } = await engineJson<{ Version: string }>(engine.socket, 'GET', '/version')
    skip(Number.parseInt(Version, 10) <= 20, 'this Engine has no such store')
    await using other = await startEngine({ store: 'containerd' })
    await expectMismatch(other)
    expect(await leftBehind(other.socket)).toEqual([])
  })
})

it('where the helper is broken, an open image is pulled without credentials, with a warning', async () => {
  await using open = await startRegistry()
  const name = `${open.address}/team/batch:1.4`
  await tag(engine.socket, 'busybox:live', name)
  await push(engine.socket, name)
  await remove(engine.socket, name)
  user.write('config.json', { credHelpers: { [open.address]: 'broken' } })
  user.install('docker-credential-broken', "#!/bin/sh\necho 'the vault is closed'; exit 7\n")
  const ended = await start(name).finished
  expect(ended).toMatchObject({ status: 0, text: 'done\n' })
  expect(ended.stderr).toMatch(/docker-credential-broken.*; pulling without credentials\n/)
  const { warnings, registry } = JSON.parse(readFileSync(user.path('outcome'), 'utf8'))
  expect(warnings).toEqual([expect.stringContaining('pulling without credentials')])
  expect(registry).toMatchObject({ contacted: true, credentials: 'anonymous' })
  expect(open.requests().filter(({ authorization }) => authorization)).toEqual([])
  await remove(engine.socket, name)
})

it('a full disk is no outage', async () => {
  await using small = await startEngine({ diskMiB: 16 })
  await using open = await startRegistry()
  const big = `${open.address}/big:1`
  await importBusybox(engine.socket, big, { pad: 24 })
  await push(engine.socket, big)
  await remove(engine.socket, big)
  const { kind, words, tries } = failed(await start(big, '--host', small.host).finished)
  expect(kind).toBe('pull-failed')
  expect(words).toMatch(/no space left on device/)
  expect(tries).toBe(1)
})
