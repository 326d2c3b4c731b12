import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { replay } from '../../../src/replay/index.ts'
import { holdfast } from '../../live/support/command.ts'
import type { ByteServer } from '../../support/byte-server.ts'
import { Asking, answered, startAsked } from '../asking.ts'
import { said } from '../said.ts'

let user: Asking
let engine: ByteServer

beforeEach(async () => {
  engine = await startAsked()
  user = new Asking(engine)
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  expect(user.leave()).toEqual([])
})

describe('holdfast replay', () => {
  test('plays a recording to the command', async () => {
    const file = user.recorded(...answered('/a', 'A'), ...answered('/b', 'B'))
    for (const flags of [[], ['--cut', '1'], ['--cut=random:7'], ['--timing', 'recorded']]) {
      const { status, text, stderr } = await user.run([
        'replay',
        file,
        ...flags,
        '--',
        'ask',
        'GET',
        '/a',
        'GET',
        '/b',
      ])
      expect(text).toBe('200 A\n200 B\n')
      expect(stderr).toBe('')
      expect(status).toBe(0)
    }
    expect(engine.accepted).toBe(0)
  })

  test('what was recorded, without the Engine', async () => {
    const first = await user.record('--', 'ask', 'GET', '/info', 'GET', '/x')
    const second = await user.run(['replay', user.out, '--', 'ask', 'GET', '/info', 'GET', '/x'])
    expect(second.text).toBe(first.text)
    expect(second.status).toBe(0)
  })

  test('two clients at once', async () => {
    const file = user.recorded(
      ...answered('/a', 'A'),
      ...answered('/b', 'B').map(event => ({ ...event, conn: 2 })),
    )
    const { status, text } = await user.run([
      'replay',
      file,
      '--',
      'sh',
      '-c',
      'ask GET /a & ask GET /b; wait',
    ])
    expect(text.split('\n').sort()).toEqual(['', '200 A', '200 B'])
    expect(status).toBe(0)
  })

  test('a request that is not in it makes the status 1, and is named', async () => {
    const file = user.recorded(...answered('/a', 'A'), ...answered('/b', 'B'))
    const { status, text, stderr } = await user.run([
      'replay',
      file,
      '--',
      'ask',
      'GET',
      '/other',
      'GET',
      '/a',
    ])
    expect(text).toBe(
      '501 {"message":"not in the recording: GET /other; expected GET /a, or GET /b"}\n200 A\n',
    )
    expect(stderr).toBe(
      'holdfast: not in the recording: GET /other; expected GET /a, or GET /b\n' +
        'holdfast: recorded, and not asked for: GET /b (line 4)\n',
    )
    expect(status).toBe(1)
  })

  test("the command's own status goes before it", async () => {
    const { status } = await user.run(['replay', user.recorded(), '--', 'sh', '-c', 'ask GET /other; exit 5'])
    expect(status).toBe(5)
  })

  test('what is not asked for makes the status 1, unless the replay is loose', async () => {
    const file = user.recorded(...answered('/a', 'A'))
    const { status, stderr } = await user.run(['replay', file, '--', 'true'])
    expect(stderr).toBe('holdfast: recorded, and not asked for: GET /a (line 2)\n')
    expect(status).toBe(1)
    expect((await user.run(['replay', file, '--loose', '--', 'true'])).status).toBe(0)
  })

  test('a field that may differ is ignored', async () => {
    const file = user.recorded(...answered('/a?name=one', 'A'))
    const ask = ['--', 'ask', 'GET', '/a?name=two']
    expect(await user.run(['replay', file, ...ask])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        'GET /a came with another query: name "one" was recorded, "two" came (line 2)',
      ),
    })
    expect(await user.run(['replay', file, '--ignore', 'query.name', ...ask])).toMatchObject({
      status: 0,
      stderr: '',
    })
  })

  test('a command that is not found', async () => {
    const { status, stderr } = await user.run(['replay', user.recorded(), '--', 'no-such-command'])
    expect(stderr).toContain('"no-such-command" can\'t be run (ENOENT)')
    expect(status).toBe(127)
  })

  test('a signal reaches the command', async () => {
    const command = user.start([
      'replay',
      user.recorded(),
      '--',
      'sh',
      '-c',
      "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done",
    ])
    await command.printed(/ready/)
    command.kill('SIGTERM')
    expect((await command.finished).status).toBe(7)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('without a command it plays until %s', async signal => {
    const socket = user.path('engine.sock')
    const command = user.start(['replay', user.recorded(...answered('/a', 'A')), '--socket', socket])
    await command.printed(/holdfast: DOCKER_HOST=unix:\/\/.* until Ctrl-C\n/, 'stderr')
    const asked = user.startProgram('sh', ['-c', 'ask GET /a'], { env: { DOCKER_HOST: `unix://${socket}` } })
    expect((await asked.finished).text).toBe('200 A\n')
    command.kill(signal)
    expect((await command.finished).status).toBe(0)
    expect(existsSync(socket)).toBe(false)
  })

  test('and then says what was not in the recording', async () => {
    const socket = user.path('engine.sock')
    const command = user.start(['replay', '--socket', socket, user.recorded()])
    await command.printed(/until/, 'stderr')
    await user.startProgram('sh', ['-c', 'ask GET /a'], { env: { DOCKER_HOST: `unix://${socket}` } }).finished
    command.kill('SIGINT')
    const { status, stderr } = await command.finished
    expect(stderr).toContain('not in the recording: GET /a')
    expect(status).toBe(1)
  })

  describe('says what is wrong', () => {
    async function wrong(...args: string[]): Promise<string> {
      const { status, stderr, stdout } = await said('replay', ...args)
      expect(stderr).toMatch(/^holdfast: (usage: |--out ).*\n(holdfast: .*\n)?$/)
      expect(stdout).toBe('')
      expect(status).toBe(125)
      return stderr
    }

    test('no file', async () => expect(await wrong()).toContain('needs a FILE'))
    test('a file that is not there', async () =>
      expect(await wrong(user.path('none.ndjson'), '--', 'true')).toMatch(
        /none\.ndjson" can't be played \(ENOENT\)/,
      ))
    test('a file that is a folder', async () =>
      expect(await wrong(user.home, '--', 'true')).toContain('EISDIR'))
    test('a file that is no recording', async () =>
      expect(await wrong(user.write('x', 'hello\n'), '--', 'true')).toMatch(
        /x": line 1 of the recording is not JSON/,
      ))
    test('a file that is another kind of JSON', async () =>
      expect(await wrong(user.write('x', '{}\n'), '--', 'true')).toContain('this is not a recording'))
    test('an empty file', async () =>
      expect(await wrong(user.write('x', ''), '--', 'true')).toContain('this is not a recording'))

    test('a file that is cut, or broken by hand', async () => {
      const text = readFileSync(user.recorded(...answered('/a', 'A')), 'utf8')
      expect(await wrong(user.write('x', text.slice(0, -5)), '--', 'true')).toContain('line 3')
      expect(await wrong(user.write('x', text.replace('"GET /a"', '{}')), '--', 'true')).toContain('line 2')
    })

    test('a socket that is in use, or was left over', async () => {
      const path = user.path('taken.sock')
      const server = createServer().listen(path)
      onTestFinished(() => void server.close())
      expect(await wrong(user.recorded(), '--socket', path, '--', 'true')).toMatch(
        /--socket ".*taken\.sock" exists already \(EADDRINUSE\)\nholdfast: .*remove it/,
      )
      expect(existsSync(path)).toBe(true)
      writeFileSync(user.path('file'), '')
      expect(await wrong(user.recorded(), '--socket', user.path('file'), '--', 'true')).toContain(
        'EADDRINUSE',
      )
    })

    test('a socket in a folder that is not there', async () => {
      mkdirSync(user.path('folder'))
      expect(await wrong(user.recorded(), '--socket', user.path('none/x.sock'), '--', 'true')).toMatch(
        /--socket ".*none\/x\.sock" can't be listened on \(\w+\)\nholdfast: .*folder/,
      )
    })

    test.each([
      ['--cut', '2'],
      ['--cut', 'random'],
      ['--timing', 'slow'],
      ['--socket', ''],
    ])('%s %j', async (flag, value) =>
      expect(await wrong(user.recorded(), flag, value, '--', 'true')).toContain(flag),
    )
  })
})

describe('holdfast run --record-failure', () => {
  const fixture = (name: string) => join(import.meta.dirname, '../../fixtures/docker-28.5', `${name}.ndjson`)
  const shell = (script: string) => ['--network', 'none', 'holdfast/busybox:1', 'sh', '-c', script]

  /** A run whose Engine is a recording. */
  async function run(name: string, command: string[]) {
    await using player = await replay(fixture(name), { loose: true })
    return await user.run(['run', '--record-failure', user.out, ...command], {
      env: { DOCKER_HOST: player.host },
    })
  }

  test('writes the conversation of a run that fails, to be played again', async () => {
    const command = shell('echo half; exit 3')
    const failed = await run('run-failing', command)
    expect(failed).toMatchObject({ status: 3, text: 'half\n' })
    expect(failed.stderr).toContain(`the run failed: its conversation with the Engine is in ${user.out}`)
    const again = await user.run(['replay', user.out, '--', holdfast, 'run', ...command])
    expect(again).toMatchObject({ status: 3, text: 'half\n' })
  })

  test('writes nothing for a run that succeeds', async () => {
    const ok = await run('run-ok', shell('echo out; echo err >&2; printf last'))
    expect(ok).toMatchObject({ status: 0, text: 'out\nlast', stderr: 'err\n' })
    expect(existsSync(user.out)).toBe(false)
  })

  test('refuses an Engine that it can not listen to', async () => {
    const host = ['-H', 'tcp://h/engine']
    const { status, stderr } = await user.run(['run', ...host, '--record-failure', user.out, 'i'])
    expect(stderr).toContain("can't be recorded")
    expect(status).toBe(125)
  })
})

test('holdfast replay --help lists the statuses', async () => {
  const { status, stdout } = await said('replay', '--help')
  expect(stdout).toMatch(/127 +the command is not found/)
  expect(status).toBe(0)
})
