import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holdfast, User } from '../../live/support/command.ts'
import type { Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'

const built = existsSync(join(import.meta.dirname, '../../../dist'))

let engine: FakeEngine
let user: User
let program: Program

beforeEach(async () => {
  program = () => 0
  engine = await FakeEngine.start({ images: ['busybox:1'], program: self => program(self) })
  user = new User(engine.host)
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  expect(user.leave()).toEqual([])
})

const run = (...flags: string[]) => user.run(['run', ...flags, 'busybox:1', 'true'])

describe.skipIf(!built)('holdfast run', () => {
  test.each([
    ['--audit', 0],
    ['--outcome', 0],
    ['--outcome', 3],
  ])('%s on a full disk is an error, and the status the job’s own: %d', async (flag, status) => {
    program = () => status
    const result = await run(flag, '/dev/full')
    expect(result.stderr).toContain(`holdfast: ${flag} "/dev/full" can't be written: the disk is full`)
    expect(result.status).toBe(status)
  })

  test('--fail-on-gap: output that is known to be missing is a failure', async () => {
    program = async self => {
      await self.out('a line\n')
      await self.raw(Buffer.from([1, 0, 0, 0, 0, 0, 0, 9, 120]))
      self.dropStreams('destroy')
    }
    const without = await run()
    expect([without.status, without.stderr]).toEqual([0, expect.stringContaining('may be missing')])
    const { status, stderr } = await run('--fail-on-gap')
    expect(stderr).toContain('part of its output is missing (--fail-on-gap)')
    expect(status).toBe(125)
  })

  test('-a prints only the stream that is asked for', async () => {
    program = async self => {
      await self.out('out')
      await self.err('err')
    }
    const { text, stderr, status } = await run('-a', 'stderr')
    expect([text, stderr, status]).toEqual(['', 'err', 0])
  })

  test('--cidfile has the id of the container, and is not replaced', async () => {
    const file = user.path('cid')
    expect((await run('--cidfile', file)).status).toBe(0)
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}$/)
    const again = await run('--cidfile', file)
    expect([again.status, again.stderr]).toEqual([125, expect.stringContaining('cid" exists')])
  })

  test('--cidfile of a run without a container is not there', async () => {
    const file = user.path('cid')
    const { status } = await user.run(['run', '--pull=never', '--cidfile', file, 'none:1'])
    expect([status, existsSync(file)]).toEqual([125, false])
  })

  test('--cidfile of a run that is refused is not there', async () => {
    const file = user.path('cid')
    const { status, stderr } = await run('-it', '--cidfile', file)
    expect([status, existsSync(file)]).toEqual([125, false])
    expect(stderr).toContain('-i with -t needs a terminal')
  })

  test('audit lines, events, the outcome and the container have one run id', async () => {
    const files = ['audit', 'events', 'outcome'].map(name => user.path(name))
    const [audit = '', events = '', outcome = ''] = files
    await run('--audit', audit, '--events', events, '--outcome', outcome, '--name', 'nightly')
    const { id, command, container } = JSON.parse(readFileSync(outcome, 'utf8'))
    expect({ command, name: container.name }).toEqual({ command: ['true'], name: 'nightly' })
    const lines = [audit, events].map(file =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    )
    for (const all of lines) {
      expect(all.length).toBeGreaterThan(5)
      for (const line of all)
        expect(line).toMatchObject({ run: id, time: expect.stringMatching(/^\d{4}-.*Z$/) })
    }
    expect(lines[1]).toContainEqual(expect.objectContaining({ type: 'created', name: 'nightly' }))
    const created = engine.requests.find(({ path }) => path.includes('/containers/create'))
    expect(JSON.parse(created?.body.toString() ?? '').Labels['dev.holdfast.run']).toBe(id)
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('output that was printed is null in the outcome, and a result is kept', async () => {
    program = async self => self.out('a line\n')
    const outcome = user.path('outcome')
    await run('--outcome', outcome)
    expect(JSON.parse(readFileSync(outcome, 'utf8'))).toMatchObject({
      stdout: null,
      stderr: null,
      dropped: null,
    })
    await run('--outcome', outcome, '--result', 'last-line')
    expect(JSON.parse(readFileSync(outcome, 'utf8'))).toMatchObject({ stdout: 'a line\n', result: 'a line' })
  })

  test.each(['--audit', '--events'])('%s replaces a file, and with --append adds to it', async flag => {
    const file = user.path('file')
    const runs = () => {
      const lines = readFileSync(file, 'utf8').trim().split('\n')
      return new Set(lines.map(line => JSON.parse(line).run)).size
    }
    await run(flag, file)
    await run(flag, file)
    expect(runs()).toBe(1)
    await run('--append', flag, file)
    expect(runs()).toBe(2)
  })

  test.each(['--audit', '--events'])('%s - writes to stderr', async flag => {
    const { stderr } = await run(flag, '-')
    const lines = stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.length).toBeGreaterThan(5)
    expect(existsSync('-')).toBe(false)
  })

  test.each([
    [
      'of the command line',
      ['run', '--memory', 'big', '--log-format', 'json', 'busybox:1'],
      'usage',
      '--memory "big"',
      false,
    ],
    [
      'of the run',
      ['run', '--log-format=json', '--pull=never', 'gone:1'],
      'image-missing',
      'is not on the Engine',
      true,
    ],
  ])('--log-format json: an error %s is a JSON object', async (_, args, kind, said, inRun) => {
    const { stderr, status } = await user.run(args)
    const { run: id, ...line } = JSON.parse(stderr)
    expect(line).toEqual({
      time: expect.any(String),
      level: 'error',
      kind,
      message: expect.stringContaining(said),
    })
    expect([typeof id, status]).toEqual([inRun ? 'string' : 'undefined', 125])
  })

  test('--dry-run prints what would be sent, and sends nothing', async () => {
    const { text, status } = await run('--dry-run', '--name', 'job', '-m', '1g', '--platform', 'amd64')
    expect(status).toBe(0)
    expect(JSON.parse(text)).toMatchObject({
      image: 'busybox:1',
      query: { name: 'job', platform: 'linux/amd64' },
      body: { Image: 'busybox:1', Cmd: ['true'], HostConfig: { Memory: 1024 ** 3 } },
    })
    expect(engine.asked).toEqual([])
  })

  test('a field that the API version does not know is refused, and no container is created', async () => {
    const { status, stderr } = await run('--annotation', 'a=b')
    expect(stderr).toContain('--annotation (HostConfig.Annotations) needs API 1.43, and the Engine has 1.41')
    expect(status).toBe(125)
    expect(engine.asked).not.toContain('create')
  })

  test.each(['SIGHUP', 'SIGINT'] as const)('a %s that the parent ignores stays ignored', async name => {
    let received = ''
    program = async self => {
      const signal = self.signal()
      await self.out('ready\n')
      received = await signal
      return 4
    }
    const line = `trap '' ${name.slice(3)}; exec ${holdfast} run busybox:1 true`
    const command = user.startProgram('sh', ['-c', line])
    await command.printed(/ready/)
    command.kill(name)
    command.kill(name)
    command.kill('SIGUSR1')
    expect((await command.finished).status).toBe(4)
    expect(received).toBe('SIGUSR1')
  })

  test.each(['SIGALRM', 'SIGXCPU', 'SIGIO', 'SIGPWR'] as const)('%s goes to the container', async name => {
    let received = ''
    program = async self => {
      const signal = self.signal()
      await self.out('ready\n')
      received = await signal
      return 7
    }
    const command = user.start(['run', 'busybox:1', 'true'])
    await command.printed(/ready/)
    command.kill(name)
    expect((await command.finished).status).toBe(7)
    expect(received).toBe(name)
  })
})
