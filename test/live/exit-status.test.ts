import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, readAudit, rounds, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { containers, engineJson, engineRequest } from './support/request.ts'

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, 'busybox:live')
})

afterAll(async () => {
  await engine?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

/** Whether the Engine has seen that a container was out of memory. */
async function outOfMemory(): Promise<boolean> {
  const filters = encodeURIComponent('{"event":["oom"]}')
  const path = `/events?since=0&until=${Date.now() / 1000}&filters=${filters}`
  return (await engineRequest(engine.socket, 'GET', path)).body.length > 0
}

/** Runs a command of busybox; gives what holdfast and its outcome say. */
async function job(command: string[], ...flags: string[]) {
  const file = user.path('outcome')
  const ended = await user.run(['run', '--outcome', file, ...flags, 'busybox:live', ...command])
  return { ...ended, outcome: JSON.parse(readFileSync(file, 'utf8')) }
}

describe("the exit status is the container's", () => {
  it.each([0, 1, 3, 125, 126, 127, 130, 255])('%i', async status => {
    const { outcome, ...ended } = await job(['sh', '-c', `exit ${status}`])
    expect(ended).toMatchObject({ status, text: '', stderr: '' })
    expect(outcome).toMatchObject({
      kind: status === 0 ? 'ok' : 'exit',
      exitCode: status,
      registry: { contacted: false },
      container: { removed: true },
      gaps: [],
      warnings: [],
    })
  })

  it('137, when it is killed', async () => {
    const command = user.start([
      'run',
      '--outcome',
      user.path('outcome'),
      'busybox:live',
      'sh',
      '-c',
      'echo up; sleep 1000',
    ])
    await command.printed(/up/)
    const [container] = await containers(engine.socket)
    await engineJson(engine.socket, 'POST', `/containers/${container?.Id}/kill`)
    expect(await command.finished).toMatchObject({ status: 137, text: 'up\n', stderr: '' })
    expect(JSON.parse(readFileSync(user.path('outcome'), 'utf8'))).toMatchObject({
      kind: 'exit',
      exitCode: 137,
      signal: 'SIGKILL',
      oomKilled: false,
    })
  })

  it('125, when it is removed: the job is lost', async () => {
    const command = user.start([
      'run',
      '--outcome',
      user.path('outcome'),
      'busybox:live',
      'sh',
      '-c',
      'echo up; sleep 1000',
    ])
    await command.printed(/up/)
    const [container] = await containers(engine.socket)
    await engineJson(engine.socket, 'DELETE', `/containers/${container?.Id}?force=1`)
    const stderr = expect.stringMatching(/^holdfast: lost: .*removed while it ran \(status 137\)\n/)
    expect(await command.finished).toMatchObject({ status: 125, text: 'up\n', stderr })
  })

  it('137, when it takes too much memory, and then holdfast says why', async () => {
    const greedy = 'dd if=/dev/zero of=/dev/null bs=200M count=1; status=$?; read go; exit $status'
    const flags = ['--outcome', user.path('outcome'), '--memory', '16m', '-i']
    const command = user.start(['run', ...flags, 'busybox:live', 'sh', '-c', greedy], { stdin: 'open' })
    // The Engine loses the event of a container that ends before it has come.
    await expect.poll(outOfMemory, { interval: 20, timeout: 10_000 }).toBe(true)
    command.stdin.end('go\n')
    const { status, stderr } = await command.finished
    expect(status).toBe(137)
    expect(stderr).toMatch(/holdfast: exit: .*out of memory\nholdfast: .*memory.*\n$/)
    expect(JSON.parse(readFileSync(user.path('outcome'), 'utf8'))).toMatchObject({
      kind: 'exit',
      exitCode: 137,
      oomKilled: true,
      signal: 'SIGKILL',
    })
  })
})

describe("the exit status is holdfast's own", () => {
  it('124 when the time is up', async () => {
    const { outcome, ...ended } = await job(
      ['sh', '-c', 'trap "echo asked; exit 0" TERM; echo up; sleep 1000 & wait'],
      '--timeout',
      '2s',
    )
    expect(ended).toMatchObject({ status: 124, text: 'up\nasked\n' })
    expect(ended.stderr).toMatch(/^holdfast: timeout: .*\n/)
    expect(outcome).toMatchObject({ kind: 'timeout', container: { removed: true } })
  })

  it('125 for a flag that does not exist, and the Engine is not asked', async () => {
    const ended = await user.run(['run', '--audit', user.path('audit'), '--no-such-flag', 'busybox:live'])
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: usage: .*--no-such-flag.*\nholdfast: .*\n$/)
  })

  it.each([
    ['unix:///nonexistent/docker.sock', /no such socket/],
    ['tcp://127.0.0.1:1', /refused/],
  ])('125 when nothing is at %s', async (host, words) => {
    const ended = await user.run([
      'run',
      '--outcome',
      user.path('outcome'),
      '-H',
      host,
      'busybox:live',
      'true',
    ])
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: engine-unreachable: .*\nholdfast: .*\n$/)
    expect(ended.stderr).toMatch(words)
    expect(JSON.parse(readFileSync(user.path('outcome'), 'utf8'))).toMatchObject({
      kind: 'engine-unreachable',
      container: null,
    })
  })

  it('125 when the container can not be created', async () => {
    const { outcome, ...ended } = await job(['true'], '--mount', 'type=bind,source=/no/such/path,target=/x')
    expect(ended).toMatchObject({ status: 125, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: create-failed: .*\/no\/such\/path\b.*\n/)
    expect(outcome).toMatchObject({ kind: 'create-failed', container: null })
  })

  it('125 when the container can not be started', async () => {
    const { outcome, ...ended } = await job(['true'], '--network', 'container:nobody')
    expect(ended.status).toBe(125)
    expect(ended.stderr).toMatch(/^holdfast: (create|start)-failed: .*nobody.*\nholdfast: .*\n$/)
    expect(outcome.exitCode).toBeNull()
  })

  it('126 when the command can not be run', async () => {
    const { outcome, ...ended } = await job(['/etc/passwd'])
    expect(ended).toMatchObject({ status: 126, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: start-failed: .*permission denied.*\nholdfast: .*\n$/)
    expect(outcome).toMatchObject({ kind: 'start-failed', exitCode: 126, container: { removed: true } })
  })

  it('127 when there is no such command', async () => {
    const { outcome, ...ended } = await job(['no-such-command'])
    expect(ended).toMatchObject({ status: 127, text: '' })
    expect(ended.stderr).toMatch(/^holdfast: start-failed: .*no-such-command.*\nholdfast: .*PATH.*\n$/)
    expect(outcome).toMatchObject({ kind: 'start-failed', exitCode: 127, container: { removed: true } })
  })
})

describe('a container that ends at once', () => {
  // Two at a time: what goes wrong by chance goes wrong more often when others take the processor away.
  async function often(command: string[], expected: object): Promise<void> {
    const lane = async () => {
      for (let round = 0; round < rounds / 2; round++)
        expect(await user.run(['run', 'busybox:live', ...command])).toMatchObject(expected)
    }
    await Promise.all([lane(), lane()])
  }

  it('ends the run, too', { timeout: 60_000 + rounds * 3000 }, async () => {
    await often(['true'], { status: 0, text: '', stderr: '' })
  })

  it('has all it printed delivered', { timeout: 60_000 + rounds * 3000 }, async () => {
    const script = 'printf first; printf problem >&2; printf last-without-newline; exit 7'
    await often(['sh', '-c', script], { status: 7, text: 'firstlast-without-newline', stderr: 'problem' })
  })
})

describe('the container', () => {
  it('is kept when that is asked for', async () => {
    const audit = user.path('audit')
    const ended = await user.run(['run', '--rm=never', '--audit', audit, 'busybox:live', 'true'])
    expect(ended.status).toBe(0)
    expect(readAudit(audit).filter(({ method }) => method === 'DELETE')).toEqual([])
    const found = await containers(engine.socket)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ State: 'exited' })
    await engineJson(engine.socket, 'DELETE', `/containers/${found[0]?.Id}`)
  })

  it('is kept for a look when it failed, and removed when it did not', async () => {
    expect((await job(['true'], '--rm=success')).outcome.container.removed).toBe(true)
    expect(await containers(engine.socket)).toEqual([])
    const { outcome } = await job(['false'], '--rm=success')
    expect(outcome.container.removed).toBe(false)
    const found = await containers(engine.socket)
    expect(found.map(({ Id }) => Id)).toEqual([outcome.container.id])
    await engineJson(engine.socket, 'DELETE', `/containers/${outcome.container.id}`)
  })
})

it('the outcome comes as the last line of stderr when asked for, behind a line that the job left unfinished', async () => {
  const ended = await user.run([
    'run',
    '--outcome',
    '-',
    'busybox:live',
    'sh',
    '-c',
    'printf "a line" >&2; exit 3',
  ])
  const lines = ended.stderr.trimEnd().split('\n')
  expect(ended).toMatchObject({ status: 3, text: '' })
  expect(lines[0]).toBe('a line')
  expect(lines).toHaveLength(2)
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ kind: 'exit', exitCode: 3 })
})
