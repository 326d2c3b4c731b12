import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { User } from '../../live/support/command.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { image } from '../../support/fake-image.ts'

/* Several Engines: all of them with --all-hosts, else the first that answers. */

const nowhere = `unix://${join(tmpdir(), 'holdfast-no-engine-here.sock')}`
const named = (name: string, digit: string) =>
  image(name, { RepoDigests: [`${name.split(':')[0]}@sha256:${digit.repeat(64)}`] })

let user: User
let a: FakeEngine
let b: FakeEngine

beforeEach(async () => {
  const registry = [named('app:1', 'a'), named('tool:1', 'b')]
  a = await FakeEngine.start({ images: [named('app:1', 'a'), named('old:1', 'c')], registry })
  b = await FakeEngine.start({ images: [named('tool:1', 'b'), named('old:1', 'd')], registry })
  user = new User()
})

afterEach(async () => {
  expect(user.leave()).toEqual([])
  await a[Symbol.asyncDispose]()
  await b[Symbol.asyncDispose]()
})

const both = () => ['--host', a.host, '--host', b.host]
const pulls = ({ requests }: FakeEngine) =>
  requests.flatMap(({ operation, query }) => (operation === 'pull' ? query.get('fromImage') : []))

describe('check --all-hosts', () => {
  test('one table, what each host lacks, and status 1', async () => {
    const { status, text, stderr } = await user.run(['check', '--all-hosts', ...both(), 'app:1', 'tool:1'])
    const rows = text.split('\n').map(line => line.split(/ {2,}/).slice(0, 3))
    expect(rows.slice(0, 5)).toEqual([
      ['IMAGE', 'HOST', 'LOCAL'],
      ['app:1', a.host, 'yes'],
      ['app:1', b.host, 'no'],
      ['tool:1', a.host, 'no'],
      ['tool:1', b.host, 'yes'],
    ])
    expect(text).toContain(`on ${a.host} would fail: tool:1 (it is not on the Engine)\n`)
    expect(text).toContain(`on ${b.host} would fail: app:1 (it is not on the Engine)\n`)
    expect(text).toMatch(/\n0 of 2 images would survive an outage on all 2 hosts\n$/)
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
  })

  test('the same name for two images is said', async () => {
    const { status, text } = await user.run(['check', '--all-hosts', ...both(), 'old:1'])
    expect(text).toContain('\nold:1 is not the same image on all hosts\n')
    expect(status).toBe(0)
  })

  test('a host that does not answer: the others are shown, and status 125', async () => {
    const { status, text, stderr } = await user.run([
      'check',
      '--all-hosts',
      ...['--host', a.host, '--host', nowhere],
      'app:1',
    ])
    expect(text).toContain(`\n${nowhere} could not be asked: engine-unreachable\n`)
    expect(text).toMatch(/\n0 of 1 image would survive an outage on all 2 hosts\n$/)
    expect(stderr).toMatch(/^holdfast: engine-unreachable: /)
    expect(status).toBe(125)
  })

  test('JSON: an object for each host', async () => {
    const argv = ['check', '--all-hosts', '--json', ...both(), '--host', nowhere, 'app:1']
    const { status, text } = await user.run(argv)
    expect(JSON.parse(text)).toMatchObject([
      { host: a.host, failure: null, images: [{ image: 'app:1', survives: true }] },
      { host: b.host, failure: null, images: [{ image: 'app:1', survives: false }] },
      { host: nowhere, failure: { kind: 'engine-unreachable' }, images: null },
    ])
    expect(status).toBe(125)
  })
})

describe('pull --all-hosts', () => {
  test('each host gets each image', async () => {
    const { status, text } = await user.run(['pull', '--all-hosts', ...both(), 'app:1', 'tool:1'])
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`
    expect(text).toBe(
      [a.host, b.host]
        .flatMap(host => [`${digest('a')} app:1 ${host}\n`, `${digest('b')} tool:1 ${host}\n`])
        .join(''),
    )
    expect(status).toBe(0)
    for (const engine of [a, b])
      expect(pulls(engine).sort()).toEqual(['docker.io/library/app', 'docker.io/library/tool'])
  })

  test('a host that fails does not keep the others from it', async () => {
    const argv = ['pull', '--all-hosts', '--host', nowhere, '--host', b.host, 'app:1']
    const { status, text, stderr } = await user.run(argv)
    expect(text).toBe(`sha256:${'a'.repeat(64)} app:1 ${b.host}\n`)
    expect(stderr).toMatch(/engine-unreachable: /)
    expect(status).toBe(125)
  })

  test('JSON: an object for each host', async () => {
    const { text } = await user.run(['pull', '--all-hosts', '--json', ...both(), 'app:1'])
    expect(JSON.parse(text)).toMatchObject(
      [a.host, b.host].map(host => ({ host, failure: null, images: [{ image: 'app:1', ok: true }] })),
    )
  })

  test('without --host it is refused', async () => {
    const { status, stderr } = await user.run(['pull', '--all-hosts', 'app:1'])
    expect([status, stderr]).toEqual([
      125,
      expect.stringMatching(/^holdfast: usage: --all-hosts needs --host\n/),
    ])
  })
})

describe('without --all-hosts the first that answers is used', () => {
  test.each([
    ['check', ['check', 'tool:1']],
    ['pull', ['pull', '-q', 'tool:1']],
    ['ps', ['ps']],
  ])('%s', async (_, [command = '', ...rest]) => {
    const { stderr } = await user.run([command, '--host', nowhere, ...both(), ...rest])
    expect(stderr).toMatch(/^(holdfast: warning: .*there is no such socket; using .*\n)?$/)
    expect(a.requests.length).toBeGreaterThan(0)
    expect(b.requests).toEqual([])
  })

  test('run: the outcome says which', async () => {
    const file = user.path('outcome.json')
    const { status, stderr } = await user.run([
      'run',
      ...['--host', nowhere, '--host', b.host, '--outcome', file],
      'tool:1',
    ])
    expect(stderr).toContain(`using ${b.host}`)
    expect(status).toBe(0)
    const outcome = await import(file, { with: { type: 'json' } })
    expect(outcome.default).toMatchObject({ kind: 'ok', engine: b.host })
  })
})
