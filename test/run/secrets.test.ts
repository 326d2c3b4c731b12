import { channel } from 'node:diagnostics_channel'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Credentials } from '../../src/auth/credentials.ts'
import { Secret } from '../../src/auth/secret.ts'
import { redactorWith } from '../../src/redact/held.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { exposure, rejection } from '../support/errors.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import type { Exchange } from '../support/fake-exchange.ts'
import { image } from '../support/fake-image.ts'
import { launch, prints } from './launch.ts'
import { outages } from './making.ts'
import { skipPauses } from './pauses.ts'

skipPauses()

const traced: unknown[] = []
const trace = (message: unknown) => traced.push(message)
const channels = ['holdfast:event', 'holdfast:outcome', 'holdfast:engine:request'].map(name => channel(name))

beforeEach(() => {
  traced.length = 0
  for (const each of channels) each.subscribe(trace)
})
afterEach(() => {
  for (const each of channels) each.unsubscribe(trace)
})

/** As Go writes a string, with what HTML would mind escaped. */
function goJson(text: string): string {
  return JSON.stringify(text).replace(/[<>&]/g, sign => `\\u00${sign.charCodeAt(0).toString(16)}`)
}

/** All that an Engine, or a registry behind it, could say about the credentials that it was sent. */
function echoes(exchange: Exchange): string[] {
  const header = String(exchange.seen.headers['x-registry-auth'])
  const json = Buffer.from(header, 'base64url').toString()
  const { username = '', password, identitytoken, registrytoken } = JSON.parse(json)
  const secret = password ?? identitytoken ?? registrytoken
  const pair = Buffer.from(`${username}:${secret}`)
  return [
    header,
    header.replace(/=+$/, ''),
    json,
    secret,
    JSON.stringify(secret),
    goJson(secret),
    `Basic ${pair.toString('base64')}`,
    `Bearer ${secret}`,
    `https://${encodeURIComponent(username)}:${encodeURIComponent(secret)}@reg.example/`,
    Buffer.from(secret).toString('base64'),
  ]
}

/** Spellings of a secret that must not be seen. */
function spellings(username: string, secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    goJson(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(`${username}:${secret}`).toString('base64'),
  ]
}

const passwords = ['correct-horse-battery', 'with "quotes" and \\', 'ünï>>>cödé???', 'a b&c<d>/e+f=']

const given: Array<[string, Credentials, string[]]> = [
  ...passwords.map((password): [string, Credentials, string[]] => [
    `password ${password}`,
    { username: 'user', password: new Secret(password) },
    spellings('user', password),
  ]),
  ['plain password', { username: 'user', password: 'plain-and-long' }, spellings('user', 'plain-and-long')],
  ['identity token', { identityToken: 'identity-token-1234' }, spellings('', 'identity-token-1234')],
  ['registry token', { registryToken: 'registry-token-1234' }, spellings('', 'registry-token-1234')],
]

const roads: Array<[string, (exchange: Exchange) => unknown]> = [
  [
    'in the words of a refusal',
    exchange => exchange.answer(500, `unauthorized: ${echoes(exchange).join(' ')}`),
  ],
  [
    'in plain text',
    exchange => exchange.response.writeHead(502).end(`upstream said ${echoes(exchange).join('\n')}`),
  ],
  [
    'in progress and in the stream’s error',
    exchange => {
      exchange.lines(...echoes(exchange).map(status => ({ status, id: status, progress: status })))
      const message = echoes(exchange).join(' ')
      exchange.response.end(`${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`)
    },
  ],
  [
    'in a line that is no JSON',
    exchange => {
      exchange.lines()
      exchange.response.end(`${echoes(exchange).join(' ')}\r\n`)
    },
  ],
]

test.each(roads.flatMap(road => given.map(credentials => [...road, ...credentials] as const)))(
  'the Engine echoes what it was sent %s: nothing of it is seen anywhere',
  async (_, script, __, credentials, forbidden) => {
    await using engine = await FakeEngine.start()
    const events: RunEvent[] = []
    const options = {
      image: 'reg.example/bb:1',
      credentials: () => credentials,
      onEvent: (event: RunEvent) => events.push(event),
      engineGrace: 0,
    }
    engine.on('pull', script)
    const error = await rejection(launch(engine, { ...options, reject: true }))
    engine.on('pull', script)
    const outcome = await launch(engine, options)
    expect(outcome).toMatchObject({ registry: { contacted: true, credentials: 'function' } })
    expect(traced.length).toBeGreaterThan(events.length)
    for (const seen of [error, outcome, events, traced].map(exposure)) {
      for (const secret of forbidden) expect(seen).not.toContain(secret)
    }
  },
)

test.each(given)(
  'an outage whose words echo what was sent, in retries and in a stale copy: %s',
  async (_, credentials, forbidden) => {
    await using engine = await FakeEngine.start({ images: ['reg.example/bb:1'] })
    for (let time = 0; time < 3; time++)
      engine.on('pull', exchange => exchange.answer(500, `${echoes(exchange).join(' ')}: unexpected EOF`))
    const events: RunEvent[] = []
    const outcome = await launch(engine, {
      image: 'reg.example/bb:1',
      pull: 'refresh',
      credentials,
      onEvent: event => events.push(event),
    })
    expect(outcome).toMatchObject({
      kind: 'ok',
      stale: { reason: expect.stringContaining('unexpected EOF') },
    })
    const told = events.map(({ type }) => type)
    expect(told.filter(type => type === 'retry')).toHaveLength(2)
    expect(told).toContain('stale')
    for (const seen of [outcome, events, traced].map(exposure)) {
      for (const secret of forbidden) expect(seen).not.toContain(secret)
    }
  },
)

test.each(given)(
  'a budget that ends names the failure of the try before, and nothing of %s',
  async (...row) => {
    const [, credentials, forbidden] = row
    await using engine = await FakeEngine.start()
    engine.on('pull', exchange => exchange.answer(500, `${echoes(exchange).join(' ')}: unexpected EOF`))
    engine.on('pull', () => void vi.advanceTimersByTime(30_000))
    const error = await rejection(launch(engine, { credentials, reject: true }))
    expect(error).toMatchObject({
      message: expect.stringMatching(/within 30 s; before that, .*unexpected EOF/s),
    })
    for (const seen of [error, traced].map(exposure)) {
      for (const secret of forbidden) expect(seen).not.toContain(secret)
    }
  },
)

test.each(given)('a creation that quotes what the pull was sent: %s', async (_, credentials, forbidden) => {
  await using engine = await FakeEngine.start({ registry: ['reg.example/bb:1'] })
  let quotes: string[] = []
  engine.on('pull', exchange => {
    quotes = echoes(exchange)
    exchange.lines({ status: 'Status: Downloaded newer image for reg.example/bb:1' })
    engine.images.push(image('reg.example/bb:1'))
    exchange.response.end()
  })
  engine.on('create', exchange => exchange.answer(400, `invalid: ${quotes.join(' ')}`))
  const events: RunEvent[] = []
  const options = { image: 'reg.example/bb:1', credentials, onEvent: (event: RunEvent) => events.push(event) }
  const error = await rejection(launch(engine, { ...options, reject: true }))
  expect(error).toMatchObject({ kind: 'create-failed', message: expect.stringContaining('[redacted]') })
  for (const seen of [error, events, traced].map(exposure)) {
    for (const secret of forbidden) expect(seen).not.toContain(secret)
  }
  expect(redactorWith([]).empty, 'and nothing is held any more').toBe(true)
})

test('once the container runs, the credentials of its pull are not held', async () => {
  let held: boolean | undefined
  await using engine = await FakeEngine.start({
    registry: ['reg.example/bb:1'],
    program: async self => {
      await self.out('started\n')
      await follows
      held = !redactorWith([]).empty
    },
  })
  const { promise: follows, resolve } = Promise.withResolvers<void>()
  const credentials = { username: 'user', password: 'correct-horse-battery' }
  const wasHeld: boolean[] = []
  const onEvent = ({ type }: RunEvent) => {
    if (type === 'created' || type === 'started') wasHeld.push(!redactorWith([]).empty)
    if (type === 'started') resolve()
  }
  const outcome = await launch(engine, { image: 'reg.example/bb:1', credentials, onEvent })
  expect(outcome).toMatchObject({ kind: 'ok', registry: { credentials: 'explicit' } })
  expect(wasHeld).toEqual([true, false])
  expect(held).toBe(false)
})

test('the breaker writes down nothing of them', async () => {
  const breaker = await mkdtemp(join(tmpdir(), 'holdfast-breaker-'))
  onTestFinished(() => rm(breaker, { recursive: true }))
  await using engine = await FakeEngine.start()
  outages(engine)
  const credentials = { username: 'user', password: 'correct-horse-battery' }
  await launch(engine, { image: 'reg.example/bb:1', breaker, credentials })
  const [name = ''] = await readdir(breaker)
  expect(JSON.parse(await readFile(join(breaker, name), 'utf8'))).toEqual([expect.any(Number)])
})

test('a credentials function that fails: what it threw is not shown', async () => {
  await using engine = await FakeEngine.start()
  const credentials = () => {
    throw Object.assign(new Error('token=sesame-1234'), { request: { authorization: 'sesame-1234' } })
  }
  const error = await rejection(launch(engine, { credentials, reject: true }))
  expect(error).toMatchObject({ kind: 'credential-error' })
  expect(exposure(error)).not.toContain('sesame-1234')
})

test('a job that is inspected under way shows neither its credentials nor its options', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  const job = launch(engine, {
    credentials: { username: 'user', password: 'correct-horse' },
    env: { TOKEN: 'sesame-1234' },
  })
  const seen = exposure(job)
  const outcome = await job
  for (const secret of ['correct-horse', 'sesame-1234']) {
    expect(seen).not.toContain(secret)
    expect(exposure([outcome, traced])).not.toContain(secret)
  }
})

test('the variables of a container that could not be made are not in its error', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  engine.on('create', exchange => exchange.answer(400, 'invalid'))
  const error = await rejection(launch(engine, { env: { TOKEN: 'sesame-1234' }, reject: true }))
  expect(exposure(error)).not.toContain('sesame-1234')
})
