import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Credentials } from '../../src/auth/credentials.ts'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import type { RunOptions } from '../../src/run/options.ts'
import type { Outcome } from '../../src/run/outcome.ts'
import { run } from '../../src/run/run.ts'
import { leftBehind, readAudit, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { engineJson } from './support/request.ts'
import { leeway, startTokenServer, type TokenRequest, type TokenServer } from './support/token-server.ts'

const password = 'open>>>sesame???-ключ'
const refreshToken = 'refresh/me+again='
const accounts = () => ({
  alice: { password, refreshToken },
  bob: { password, repositories: ['team/other'] },
})
const scope = 'repository:team/batch:pull'

let engine: TestEngine
let tokens: TokenServer
let registry: TestRegistry
let image: string
let user: User

beforeAll(async () => {
  engine = await startEngine()
  tokens = await startTokenServer(accounts())
  registry = await startRegistry({ token: tokens.auth })
  image = `${registry.address}/team/batch:1.4`
  await importBusybox(engine.socket, 'busybox:live')
  await tag(engine.socket, 'busybox:live', image)
  await push(engine.socket, image, { username: 'alice', password })
  await remove(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
  await tokens?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
  tokens.mode = 'well'
  tokens.accounts = accounts()
  tokens.lifetime = 300
})

afterEach(async () => {
  vi.unstubAllEnvs()
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
  await forget()
})

async function forget(): Promise<void> {
  const { RepoTags } = await engineJson<{ RepoTags: string[] }>(
    engine.socket,
    'GET',
    '/images/busybox:live/json',
  )
  if (RepoTags.includes(image)) await remove(engine.socket, image)
}

function store(username: string, secret: string): void {
  const auth = Buffer.from(`${username}:${secret}`).toString('base64')
  user.write('config.json', { auths: { [registry.address]: { auth } } })
}

function installHelper(username: string, secret: string): void {
  const answer = user.write('answer', { ServerURL: registry.address, Username: username, Secret: secret })
  user.write('config.json', { credHelpers: { [registry.address]: 'safe' } })
  user.install('docker-credential-safe', `#!/bin/sh\necho >>'${user.path('asked')}'\nexec cat '${answer}'\n`)
}

/** What the token server was asked while `act` went on. */
async function asked(act: () => Promise<unknown>): Promise<TokenRequest[]> {
  const before = tokens.requests.length
  await act()
  return tokens.requests.slice(before)
}

/** Pulls by the command; its audit must show the credentials on the pull and nowhere else. */
async function pull(): Promise<void> {
  const audit = user.path('audit')
  const ended = await user.run(['pull', '--audit', audit, image])
  expect(ended).toMatchObject({ status: 0, text: expect.stringContaining(image) })
  expectOnPullsOnly(readAudit(audit), line => 'X-Registry-Auth' in line)
}

function expectOnPullsOnly<T extends { method: string; path: string }>(
  requests: readonly T[],
  hasName: (request: T) => boolean,
): void {
  const bare = ({ method, path }: T) => `${method} ${path.replace(/^\/v[\d.]+|\?.*$/g, '')}`
  expect(requests.filter(hasName).map(bare)).toEqual(['POST /images/create'])
  expect(requests.map(bare).filter(request => request.endsWith(' /auth'))).toEqual([])
}

/** A run by the library; its requests are audited, too. */
async function runWith(
  options: Pick<RunOptions, 'credentials' | 'config' | 'pullTimeout'>,
): Promise<Outcome> {
  const reports: RequestReport[] = []
  const note = (report: unknown) => void reports.push(report as RequestReport)
  subscribe('holdfast:engine:request', note)
  const job = { engine: engine.host, image, command: ['echo', 'done'], ...options }
  const outcome = await run({ ...job, reject: false }).finally(() =>
    unsubscribe('holdfast:engine:request', note),
  )
  expectOnPullsOnly(reports, ({ registryAuth }) => registryAuth === 'present')
  return outcome
}

interface Failed {
  kind: string
  engineMessage: string
  hint: string
}

/** A run by the command, whose pull must fail. */
async function fail(name = image): Promise<Failed> {
  const [file, audit] = [user.path('outcome'), user.path('audit')]
  const ended = await user.run(['run', '--outcome', file, '--audit', audit, name, 'echo', 'done'])
  expect(ended).toMatchObject({ status: 125, text: '' })
  const outcome = readFileSync(file, 'utf8')
  for (const place of [ended.stderr, outcome, readFileSync(audit, 'utf8')]) expectNoSecret(place)
  const { kind, failure, container } = JSON.parse(outcome)
  expect(container).toBeNull()
  expect(ended.stderr).toContain(`holdfast: ${kind}: `)
  expect(ended.stderr).toContain(`holdfast: ${failure.hint}\n`)
  return { kind, ...failure }
}

// In base64 `{"`, the front of tokens and of X-Registry-Auth, is eyJ, and `alice:` is YWxpY2U6.
function expectNoSecret(text: string): void {
  expect(/wrong-sesame|open>>>|refresh\/me|eyJ|YWxpY2U6/.test(text), 'a secret was told').toBe(false)
}

const granted = { service: 'holdfast registry', scopes: [scope], status: 200 }
// The graph driver asks by GET, containerd's image store by POST.
const forPassword = expect.objectContaining({ ...granted, grant: 'password', user: 'alice' })

describe('a pull gets its token', () => {
  it('for the password in config.json', async () => {
    store('alice', password)
    expect(await asked(pull)).toEqual([forPassword])
  })

  it("for a helper's password", async () => {
    installHelper('alice', password)
    expect(await asked(pull)).toEqual([forPassword])
  })

  it.each(['helper', 'config.json'])('for the identity token: %s', async source => {
    if (source === 'helper') installHelper('<token>', refreshToken)
    else user.write('config.json', { auths: { [registry.address]: { identitytoken: refreshToken } } })
    // The one is the graph driver, the other containerd's image store.
    const clientId = expect.stringMatching(/^(docker|containerd-client)$/)
    const request = { ...granted, method: 'POST', grant: 'refresh_token', user: 'alice', clientId }
    expect(await asked(pull)).toEqual([request])
  })

  it.each<[string, Credentials, string[]]>([
    ['a password', { username: 'alice', password }, ['password']],
    ['an identity token', { identityToken: refreshToken }, ['refresh_token']],
  ])('for %s handed over', async (_, credentials, grants) => {
    const requests = await asked(async () => {
      expect(await runWith({ credentials })).toMatchObject({ kind: 'ok', stdout: 'done\n' })
    })
    expect(requests.map(({ grant }) => grant)).toEqual(grants)
  })

  it('without a token server, with a registry token handed over', async () => {
    const requests = await asked(async () => {
      const credentials = { registryToken: tokens.issue(scope) }
      expect(await runWith({ credentials })).toMatchObject({ kind: 'ok', stdout: 'done\n' })
    })
    expect(requests).toEqual([])
  })
})

describe('a pull is refused', () => {
  it('when the password is wrong', async () => {
    store('alice', 'wrong-sesame')
    const requests = await asked(async () => {
      const { kind, hint } = await fail()
      expect(kind).toBe('registry-denied')
      expect(hint).toContain('config.json')
      expect(hint).toContain(registry.address)
    })
    const seen = requests.map(({ user, status }) => `${user} ${status}`)
    expect(new Set(seen)).toEqual(new Set(['alice 401']))
  })

  it('when the identity token is unknown', async () => {
    installHelper('<token>', 'wrong-sesame')
    const { kind, hint } = await fail()
    expect(kind).toBe('registry-denied')
    expect(hint).toContain('helper safe')
  })

  it('when there are no credentials', async () => {
    const requests = await asked(async () => {
      const { kind, hint } = await fail()
      expect(kind).toBe('registry-denied')
      expect(hint).toContain(`docker login ${registry.address}`)
    })
    expect(new Set(requests.map(({ grant }) => grant))).toEqual(new Set(['anonymous']))
  })

  it('when the token is for another repository', async () => {
    store('bob', password)
    const requests = await asked(async () => {
      const { kind } = await fail()
      expect(kind).toBe('registry-denied')
    })
    expect(requests).toContainEqual(expect.objectContaining({ ...granted, user: 'bob' }))
  })

  it('when the token is over as it comes', async () => {
    store('alice', password)
    tokens.lifetime = -leeway - 1
    const requests = await asked(async () => expect((await fail()).kind).toBe('registry-denied'))
    expect(requests).toContainEqual(expect.objectContaining({ ...granted, user: 'alice' }))
  })

  it.each<[string, () => string]>([
    ['for another repository', () => tokens.issue('repository:team/other:pull')],
    ['over', () => tokens.issue(scope, -leeway - 1)],
    ['none', () => 'wrong-sesame'],
  ])('when the registry token is %s', async (_, token) => {
    const { kind, failure } = await runWith({ credentials: { registryToken: token() } })
    expect(kind).toBe('registry-denied')
    expectNoSecret(JSON.stringify(failure))
  })

  it.each([401, 403] as const)('when the token server says %i, for every user', async mode => {
    store('alice', password)
    tokens.mode = mode
    const { kind } = await fail()
    expect(kind).toBe('registry-denied')
  })
})

describe('an outage is reported as one: the token server', () => {
  it.each([429, 500] as const)('says %i', async mode => {
    store('alice', password)
    tokens.mode = mode
    const { kind, hint } = await fail()
    expect(kind).toBe('registry-outage')
    expect(hint).toContain(registry.address)
  })

  it('is down', async () => {
    const gone = await startTokenServer({})
    await using other = await startRegistry({ token: gone.auth })
    await gone.stop()
    const { kind, engineMessage } = await fail(`${other.address}/team/batch:1.4`)
    expect(kind).toBe('registry-outage')
    expect(engineMessage).toMatch(/connection refused/)
  })

  it('is silent, and the pull is given up when its budget ends', async () => {
    tokens.mode = 'silent'
    const { kind, failure } = await runWith({
      credentials: { username: 'alice', password },
      pullTimeout: { connect: 1000 },
    })
    expect(kind).toBe('registry-outage')
    // Else it is the Engine's own patience that ended: after 15 s, or with containerd's image store never.
    expect(failure?.hint).toContain('pullTimeout.connect')
    expect(tokens.requests.at(-1)?.status).toBeUndefined()
  })
})

describe('credentials that are good for one pull', () => {
  it('a short-lived registry token: each pull asks for its own', async () => {
    // Time enough for one pull.
    const seconds = 6
    const issued: string[] = []
    const lookup = async () => {
      issued.push(tokens.issue(scope, seconds - leeway))
      return { registryToken: String(issued.at(-1)) }
    }
    expect(await runWith({ credentials: lookup })).toMatchObject({ kind: 'ok' })
    await forget()
    await vi.waitFor(async () => expect(await manifestWith(issued[0])).toBe(401), { timeout: 20_000 })
    const kept = await runWith({ credentials: { registryToken: String(issued[0]) } })
    expect(kept.kind).toBe('registry-denied')
    expect(await runWith({ credentials: lookup })).toMatchObject({ kind: 'ok' })
    expect(issued).toHaveLength(2)
  })

  it('a new password each time: the helper is asked for each', async () => {
    const count = user.write('count', '0')
    user.write('config.json', { credHelpers: { [registry.address]: 'fresh' } })
    user.install(
      'docker-credential-fresh',
      `#!/bin/sh\nn=$(($(cat '${count}') + 1)); echo $n >'${count}'\nprintf '{"Username":"alice","Secret":"open>>>%s"}' $n\n`,
    )
    // Within one process, where something could be kept.
    vi.stubEnv('PATH', user.env.PATH)
    for (const round of [1, 2]) {
      tokens.accounts = { alice: { password: `open>>>${round}` } }
      const requests = await asked(async () => {
        expect(await runWith({ config: user.home })).toMatchObject({ kind: 'ok' })
      })
      expect(requests).toEqual([forPassword])
      await forget()
    }
    const kept = await runWith({ credentials: { username: 'alice', password: 'open>>>1' } })
    expect(kept.kind).toBe('registry-denied')
    expect(readFileSync(count, 'utf8')).toBe('2\n')
  })
})

/** The registry's own word on a token. */
async function manifestWith(token: string | undefined): Promise<number> {
  const url = `http://${registry.address}/v2/team/batch/manifests/1.4`
  const answer = await fetch(url, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } })
  return answer.status
}

it('with the image local nothing is asked, though the token server is silent', async () => {
  tokens.mode = 'silent'
  installHelper('alice', password)
  await tag(engine.socket, 'busybox:live', image)
  const before = [tokens.connections, registry.requests().length]
  const audit = user.path('audit')
  const ended = await user.run(['run', '--audit', audit, image, 'echo', 'done'])
  expect(ended).toMatchObject({ status: 0, text: 'done\n', stderr: '' })
  expect([tokens.connections, registry.requests().length]).toEqual(before)
  expect(readAudit(audit).filter(line => 'X-Registry-Auth' in line)).toEqual([])
  expect(existsSync(user.path('asked'))).toBe(false)
})
