import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { containers, engineJson } from './support/request.ts'

/* The flags that docker run does not have, on a real Engine. */

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, 'busybox:live')
})

afterAll(() => engine?.stop())

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

const sh = (flags: readonly string[], script: string) =>
  user.run(['run', ...flags, 'busybox:live', 'sh', '-c', script])

const jsonLines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

describe('the result', () => {
  it.each([
    ['stdout', 'echo one; echo two', 'one\ntwo\n'],
    ['last-line', 'echo one; echo two; echo three >&2', 'two'],
    ['/out.json', `echo '{ "rows": 3 }' >/out.json`, { rows: 3 }],
  ])('--result %s', async (from, script, result) => {
    const file = user.path('outcome.json')
    expect((await sh(['--result', from, '--outcome', file], script)).status).toBe(0)
    expect((await import(file, { with: { type: 'json' } })).default.result).toEqual(result)
  })

  it('--resources: what the container used', async () => {
    const file = user.path('outcome.json')
    const busy = 'n=0; while [ $n -lt 300000 ]; do n=$((n + 1)); done; sleep 3'
    expect((await sh(['--resources', '--outcome', file], busy)).status).toBe(0)
    const { resources } = (await import(file, { with: { type: 'json' } })).default
    expect(resources.cpuSeconds).toBeGreaterThan(0)
    expect(resources.memoryPeak).toBeGreaterThan(0)
  })

  it('--skip-exit-code: the outcome is skipped, and the status is the container’s', async () => {
    const { status, stderr } = await sh(['--skip-exit-code', '99', '--outcome', '-'], 'exit 99')
    expect(status).toBe(99)
    expect(JSON.parse(stderr)).toMatchObject({ kind: 'skipped', exitCode: 99, failure: null })
  })
})

describe('what programs read', () => {
  const parsed = (text: string): { type?: string; kind?: string; message?: string }[] =>
    text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))

  it('--events: each step of the run', async () => {
    const file = user.path('events')
    expect((await sh(['--events', file], 'true')).status).toBe(0)
    const types = parsed(readFileSync(file, 'utf8')).map(({ type }) => type)
    expect(types.filter(type => type !== 'phase')).toEqual([
      'image',
      'created',
      'started',
      'exited',
      'removed',
    ])
  })

  it('--log-format json: what holdfast says', async () => {
    const { status, stderr } = await sh(['--log-format', 'json', '--user', 'nosuch'], 'true')
    expect(status).toBe(125)
    expect(parsed(stderr).map(({ kind }) => kind)).toContain('start-failed')
  })
})

describe('limits', () => {
  it('--idle-timeout stops a job that prints nothing, and not one that prints', async () => {
    const silent = await sh(['--idle-timeout', '1s', '--stop-timeout', '0'], 'echo begun; sleep 100')
    expect([silent.status, silent.text]).toEqual([124, 'begun\n'])
    expect(silent.stderr).toMatch(/printed nothing for 1 s/)
    const busy = await sh(['--idle-timeout', '2s'], 'for n in 1 2 3 4 5 6; do echo $n; sleep 0.5; done')
    expect(busy.status).toBe(0)
  })

  it('--copy-limit ends a copy that is too large', async () => {
    const file = user.write('large', 'x'.repeat(2_000))
    const copy = ['--copy-in', `${file}:/large`]
    expect((await sh([...copy, '--copy-limit', 'bytes=3k'], 'wc -c </large')).text).toBe('2000\n')
    const refused = await sh([...copy, '--copy-limit', 'bytes=1k'], 'true')
    expect([refused.status, refused.stderr]).toEqual([125, expect.stringMatching(/copy-failed: .*bytes/)])
  })
})

it('--dry-run prints what would be sent, and sends nothing', async () => {
  const audit = user.path('audit')
  const { status, text } = await sh(['--dry-run', '--audit', audit, '-m', '64m'], 'true')
  expect(status).toBe(0)
  const { image, body } = JSON.parse(text)
  expect(image).toBe('busybox:live')
  expect(await containers(engine.socket)).toEqual([])
  const created = await engineJson<{ Id: string }>(engine.socket, 'POST', '/containers/create', body)
  await engineJson(engine.socket, 'DELETE', `/containers/${created.Id}`)
})

it('--events, --audit and --outcome name one run; --log-format json is what holdfast says', async () => {
  const [events, audit, outcome] = ['events', 'audit', 'outcome'].map(name => user.path(name)) as [
    string,
    string,
    string,
  ]
  const files = ['--append', '--events', events, '--audit', audit, '--outcome', outcome]
  const ended = await sh(
    [...files, '--log-format', 'json', '--timeout', '1s', '--stop-timeout', '0'],
    'sleep 9',
  )
  expect(ended.status).toBe(124)
  const { id, kind } = JSON.parse(readFileSync(outcome, 'utf8'))
  expect(kind).toBe('timeout')
  expect(new Set([...jsonLines(events), ...jsonLines(audit)].map(({ run }) => run))).toEqual(new Set([id]))
  const types = jsonLines(events).map(({ type }) => type)
  expect(types).toEqual(expect.arrayContaining(['image', 'created', 'started', 'exited', 'failed']))
  const said = ended.stderr
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(said).toContainEqual(expect.objectContaining({ level: 'error', kind: 'timeout', run: id }))
})

it('--config and --context: the Engine of a docker context', async () => {
  const id = createHash('sha256').update('farm').digest('hex')
  mkdirSync(join(user.home, 'own/contexts/meta', id), { recursive: true })
  user.write(`own/contexts/meta/${id}/meta.json`, {
    Name: 'farm',
    Endpoints: { docker: { Host: engine.host } },
  })
  const argv = ['run', '--config', user.path('own'), '--context', 'farm', 'busybox:live', 'echo', 'ran']
  const { status, text } = await user.run(argv, { env: { DOCKER_HOST: undefined } })
  expect([status, text]).toEqual([0, 'ran\n'])
})

describe('a terminal', () => {
  const stty = (command: string) =>
    `stty -a | grep -o "[-]*icanon" ; ${command}; echo "status $?"; stty -a | grep -o "[-]*icanon"`

  /** Types into a command that has a terminal of its own, by util-linux's script. */
  const terminal = (argv: readonly string[]) =>
    user.startProgram('script', ['-qec', stty(['holdfast', ...argv].map(quoted).join(' ')), '/dev/null'], {
      stdin: 'open',
    })
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

  beforeEach(() => {
    user.install(
      'holdfast',
      `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, '../../bin/holdfast.js')}" "$@"\n`,
    )
  })

  it('is as it was after the job', async () => {
    const command = terminal([
      'run',
      '-it',
      'busybox:live',
      'sh',
      '-c',
      'echo up; read line; echo "got $line"; exit 5',
    ])
    await command.printed(/up/)
    command.stdin.write('hello\r')
    const { text } = await command.finished
    expect(text.replaceAll('\r', '')).toMatch(/^icanon\nup\n(hello\n)?got hello\nstatus 5\nicanon\n$/)
  })

  it.each([
    ['an image that is missing', ['--pull=never', 'no/such:1'], 125],
    ['a command that is missing', ['busybox:live', 'nosuch'], 127],
    ['a timeout', ['--timeout', '1s', '--stop-timeout', '0', 'busybox:live', 'sleep', '100'], 124],
  ])('is as it was after %s', async (_, argv, status) => {
    const { text } = await terminal(['run', '-it', ...argv]).finished
    expect(text.replaceAll('\r', '')).toMatch(new RegExp(`^icanon\n[^]*status ${status}\nicanon\n$`))
  })

  it('--detach-keys leaves a job with a key running, and the terminal as it was', async () => {
    const script = 'echo up; read line; echo "got $line"; sleep 1000'
    const argv = [
      'run',
      '-it',
      '--detach-keys',
      'ctrl-p,q',
      '--job',
      'left',
      'busybox:live',
      'sh',
      '-c',
      script,
    ]
    const command = terminal(argv)
    await command.printed(/up/)
    command.stdin.write('a\x10b\r')
    await command.printed(/got/)
    command.stdin.write('\x10')
    command.stdin.write('q')
    const { text } = await command.finished
    expect(text.replaceAll('\r', '')).toMatch(
      /got a.b\n.*the job left goes on: holdfast wait left\nstatus 0\nicanon\n$/s,
    )
    const [job] = await containers(engine.socket)
    expect(job?.State).toBe('running')
    expect((await user.run(['rm', '--force', 'left'])).status).toBe(0)
  })

  it.each([
    [['-it', '--detach-keys', 'ctrl-p'], '--detach-keys needs -it and --job'],
    [['-i', '--job', 'k', '--detach-keys', 'ctrl-p'], '--detach-keys needs -it and --job'],
  ])('%j is refused', async (flags, message) => {
    const { status, stderr } = await sh(flags, 'true')
    expect([status, stderr]).toEqual([125, expect.stringContaining(message)])
  })
})
