import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { replay } from '../../src/replay/index.ts'
import { holdfast, User } from '../live/support/command.ts'
import { ByteServer, hold, json, type Script, text } from '../support/byte-server.ts'
import { said } from './said.ts'

/** `ask METHOD PATH…`: requests on DOCKER_HOST, one after another; prints what is answered. */
const ask = `#!/usr/bin/env node
const { request } = require('node:http')
const socketPath = process.env.DOCKER_HOST.replace('unix://', '')
async function main([method, path, ...rest]) {
  if (method === undefined) return
  const body = await new Promise((resolve, reject) => {
    const headers = { 'x-api-key': process.env.API_KEY ?? '' }
    request({ socketPath, method, path, headers }, answer => {
      let said = String(answer.statusCode) + ' '
      answer.on('data', bytes => (said += bytes)).on('end', () => resolve(said)).on('error', reject)
    }).on('error', reject).end()
  })
  console.log(body)
  return main(rest)
}
main(process.argv.slice(2)).catch(error => {
  console.error('ask: ' + error.code)
  process.exitCode = 9
})
`

const id = 'c0ffee00'.repeat(8)
const scripts: Script[] = [
  { on: 'GET /info', steps: [json(200, { Id: id, Name: 'this-machine' })] },
  { on: 'GET /silent', steps: [hold] },
  { on: 'GET /', steps: [text(200, 'fine')] },
]

let user: User
let engine: ByteServer

beforeEach(async () => {
  engine = await ByteServer.start(scripts)
  user = new User(engine.address)
  user.install('ask', ask)
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  expect(user.leave()).toEqual([])
})

const out = () => user.path('x.ndjson')
const record = (...args: string[]) => user.run(['record', '--out', out(), ...args])
const written = () => readFileSync(out(), 'utf8')
const head = { recording: 1 }
const recorded = (...events: object[]) =>
  user.write(
    'x.ndjson',
    [head, ...events.map(event => ({ conn: 1, at: 0, ...event }))]
      .map(line => `${JSON.stringify(line)}\n`)
      .join(''),
  )
const answered = (path: string, body: string) => [
  { request: `GET ${path}`, headers: {} },
  { answer: 200, reason: 'OK', headers: { 'Content-Length': '0' }, body: { text: body } },
]

describe('holdfast record', () => {
  test('writes down what the command and the Engine said', async () => {
    const { status, text, stderr } = await record('--', 'ask', 'GET', '/info', 'GET', '/x')
    expect(text).toBe(`200 {"Id":"${id}","Name":"this-machine"}\n200 fine\n`)
    expect(stderr).toBe(`holdfast: 2 requests recorded in ${out()}\n`)
    expect(status).toBe(0)
    expect(written().split('\n').length).toBeGreaterThan(5)
    expect(written()).toContain('"request":"GET /info"')
  })

  test('normalizes, replaces and redacts', async () => {
    const flags = [
      '--normalize',
      '--replace',
      'this-machine=a-host',
      '--replace=fine=well',
      '--redact',
      'API_KEY',
    ]
    const { status } = await user.run(
      ['record', '-o', out(), ...flags, '--', 'ask', 'GET', '/info', 'GET', '/x?key=k3y-k3y'],
      {
        env: { API_KEY: 'k3y-k3y' },
      },
    )
    expect(status).toBe(0)
    const file = written()
    expect(file).not.toContain('k3y-k3y')
    expect(file).toContain('GET /x?key=[secret:1]')
    expect(file).toContain('"x-api-key":"[secret:1]"')
    expect(file).toContain('"Name":"a-host"')
    expect(file).toContain('"text":"well"')
    expect(file).not.toContain(id)
  })

  test('its command has the Engine by DOCKER_HOST alone', async () => {
    const { text } = await user.run(['record', '-o', out(), '--host', engine.address, '--', 'env'], {
      env: {
        DOCKER_CONTEXT: undefined,
        DOCKER_TLS_VERIFY: '1',
        DOCKER_CERT_PATH: '/certs',
        DOCKER_TLS: '1',
        DOCKER_HOST: undefined,
      },
    })
    expect(text.match(/^DOCKER_\w+=.*$/gm)?.sort()).toEqual([
      `DOCKER_CONFIG=${user.home}`,
      expect.stringMatching(/^DOCKER_HOST=unix:\/\/.*holdfast-record-/),
    ])
  })

  test('keeps the streams as they are, and takes what stands behind the command for its own', async () => {
    const { text, stderr } = await user.run(
      ['record', '--out', out(), 'sh', '-c', 'cat; echo "$0" >&2', '--out', '-h'],
      {
        stdin: 'from stdin',
      },
    )
    expect(text).toBe('from stdin')
    expect(stderr).toMatch(/^--out\nholdfast: no request was made to .*: \S+ is as it was\n$/)
  })

  test.each([
    ['its own', 'exit 3', 3],
    ['its own, be it ours', 'exit 125', 125],
    ["a signal's", 'kill -KILL $$', 137],
  ])("gives the command's status: %s", async (_, script, status) => {
    expect((await record('--', 'sh', '-c', script)).status).toBe(status)
    expect(existsSync(out())).toBe(false)
  })

  test('a command that is not found', async () => {
    const { status, stderr } = await record('--', 'no-such-command')
    expect(stderr.split('\n')).toEqual([
      'holdfast: usage: "no-such-command" can\'t be run (ENOENT)',
      'holdfast: Is it installed, and in the PATH?',
      expect.stringMatching(/^holdfast: no request was made to .* is as it was$/),
      '',
    ])
    expect(status).toBe(127)
  })

  test('a command that asks for nothing leaves an earlier recording alone', async () => {
    user.write('out.ndjson', 'an earlier recording')
    await user.run(['record', '--out', user.path('out.ndjson'), '--', 'no-such-command'])
    expect(readFileSync(user.path('out.ndjson'), 'utf8')).toBe('an earlier recording')
  })

  test('a full disk is an error with its name, not a bug', async () => {
    const { status, stderr } = await user.run(['record', '--out', '/dev/full', '--', 'ask', 'GET', '/x'])
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true)
    expect(stderr).toContain('--out "/dev/full" can\'t be written: the disk is full')
    expect(status).toBe(125)
  })

  test('a command that is no program', async () => {
    const { status, stderr } = await record('--', user.write('notes.txt', 'hello'))
    expect(stderr).toContain("can't be run (EACCES)")
    expect(status).toBe(126)
    expect((await record('--', '')).status).toBe(126)
  })

  test.each([
    ['no command', ['record', '--out', 'x'], 'needs a COMMAND'],
    ['no file', ['record', '--', 'true'], 'needs --out FILE'],
    [
      'a folder that is not there',
      ['record', '--out', '/no/such/x', '--', 'touch', 'ran'],
      "can't be written: its folder does not exist",
    ],
    [
      'a file that is a folder',
      ['record', '--out', '/tmp', '--', 'touch', 'ran'],
      "can't be written: it is a folder",
    ],
    [
      'a variable that is not there',
      ['record', '--out', '/dev/null', '--redact', 'NO_SUCH', '--', 'touch', 'ran'],
      '--redact "NO_SUCH" is not set',
    ],
    ['a replacement that is none', ['record', '--out', 'x', '--replace', 'a', '--', 'true'], 'TEXT=OTHER'],
    [
      'an Engine behind ssh',
      ['record', '--out', '/dev/null', '-H', 'ssh://h', '--', 'touch', 'ran'],
      "can't be recorded",
    ],
    ['a flag that is none', ['record', '--output', 'x', '--', 'true'], '--out'],
  ])('says what is wrong: %s', async (_, args, words) => {
    const { status, stderr, stdout } = await said(...args)
    expect(stderr).toContain(words)
    expect(stderr).toMatch(/^holdfast: (usage: |--out ).*\n(holdfast: .*\n)?$/)
    expect(stdout).toBe('')
    expect(status).toBe(125)
    expect(existsSync('ran')).toBe(false)
  })

  test('where no Engine is, its command finds none', async () => {
    const { status, stderr } = await user.run(['record', '--out', out(), '--', 'ask', 'GET', '/x'], {
      env: { DOCKER_HOST: `unix://${user.path('none.sock')}` },
    })
    expect(stderr).toMatch(/ask: (ECONNRESET|EPIPE)/)
    expect(status).toBe(9)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on, and writes the file all the same',
    async signal => {
      const script = `trap 'echo caught; exit 7' ${signal.slice(3)}; ask GET /x; echo ready; while :; do sleep 0.05; done`
      const command = user.start(['record', '--out', out(), '--any-status', '--', 'sh', '-c', script])
      await command.printed(/ready/)
      command.kill(signal)
      const { status, text } = await command.finished
      expect(text).toContain('caught')
      expect(status).toBe(7)
      expect(written()).toContain('"request":"GET /x"')
    },
  )

  test('ends with its command, though a request is still open', async () => {
    const script = `ask GET /silent & until test -e ${user.path('go')}; do sleep 0.05; done; kill $!; exit 4`
    const command = user.start(['record', '--out', out(), '--any-status', '--', 'sh', '-c', script])
    await engine.until('the request is there', () => engine.paths.includes('GET /silent'))
    user.write('go', '')
    const { status } = await command.finished
    expect(status).toBe(4)
    expect(written()).toContain('GET /silent')
  })
})

describe('a recording', () => {
  test('is left as it was by a command that fails', async () => {
    await record('--', 'ask', 'GET', '/x')
    const before = written()
    const { status, stderr } = await record('--', 'sh', '-c', 'ask GET /info; exit 3')
    expect(stderr).toBe(
      `holdfast: the command failed with status 3: ${out()} is as it was (--any-status keeps its recording)\n`,
    )
    expect(status).toBe(3)
    expect(written()).toBe(before)
    expect((await record('--any-status', '--', 'sh', '-c', 'ask GET /info; exit 3')).status).toBe(3)
    expect(written()).toContain('GET /info')
  })

  test.each(['record --out', 'replay'])('is made once, and played from then on: %s', async command => {
    const [name = '', ...rest] = command.split(' ')
    const once = () => user.run([name, ...rest, out(), '--mode', 'once', '--', 'ask', 'GET', '/x'])
    expect((await once()).stderr).toBe(`holdfast: 1 requests recorded in ${out()}\n`)
    const accepted = engine.accepted
    expect(await once()).toMatchObject({ status: 0, text: '200 fine\n', stderr: '' })
    expect(engine.accepted).toBe(accepted)
  })

  test('is made again where HOLDFAST_RECORD says so, and never where CI is set', async () => {
    const replay = (env: Record<string, string>) =>
      user.run(['replay', out(), '--', 'ask', 'GET', '/x'], { env })
    expect((await replay({ HOLDFAST_RECORD: 'all' })).stderr).toContain('1 requests recorded')
    expect(await replay({ HOLDFAST_RECORD: 'all', CI: 'true' })).toMatchObject({ status: 0, stderr: '' })
    expect(await replay({ HOLDFAST_RECORD: 'perhaps' })).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('it must be one of once, replay, record, all, none'),
    })
  })

  test('keeps variables that are to stay, and hides labels and patterns', async () => {
    const flags = ['--redact-pattern', 'this-\\w+', '--redact-label=x', '--keep-env']
    expect((await record(...flags, '--', 'ask', 'GET', '/info')).status).toBe(0)
    expect(written()).toContain('"Name":"[secret:1]"')
    expect((await record('--redact-pattern', '(', '--', 'true')).stderr).toContain(
      'must be a regular expression',
    )
  })

  test('is looked through for what looks like a secret', async () => {
    const bad = user.write('bad.ndjson', '{"recording":2}\n{"text":"AKIAIOSFODNN7EXAMPLE"}\n')
    expect(await user.run(['record', '--check', bad])).toMatchObject({
      status: 1,
      stderr: `holdfast: ${bad}:2: this looks like an AWS key\n`,
    })
    expect(await user.run(['record', '--check', recorded()])).toMatchObject({ status: 0, stderr: '' })
    expect((await user.run(['record', '--check', user.path('none')])).status).toBe(125)
  })

  test('needs a folder for its socket that can be written', async () => {
    const env = { TMPDIR: user.path('none') }
    for (const args of [
      ['record', '--out', out()],
      ['replay', recorded()],
    ]) {
      const { status, stderr } = await user.run([...args, '--', 'true'], { env })
      expect(stderr).toMatch(/no socket can be made in ".*none" \(ENOENT\)\nholdfast: Set TMPDIR/)
      expect(status).toBe(125)
    }
  })
})

describe('holdfast replay', () => {
  test('plays a recording to the command', async () => {
    const file = recorded(...answered('/a', 'A'), ...answered('/b', 'B'))
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
    const first = await record('--', 'ask', 'GET', '/info', 'GET', '/x')
    const second = await user.run(['replay', out(), '--', 'ask', 'GET', '/info', 'GET', '/x'])
    expect(second.text).toBe(first.text)
    expect(second.status).toBe(0)
  })

  test('two clients at once', async () => {
    const file = recorded(
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
    const file = recorded(...answered('/a', 'A'), ...answered('/b', 'B'))
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
    const { status } = await user.run(['replay', recorded(), '--', 'sh', '-c', 'ask GET /other; exit 5'])
    expect(status).toBe(5)
  })

  test('what is not asked for makes the status 1, unless the replay is loose', async () => {
    const file = recorded(...answered('/a', 'A'))
    const { status, stderr } = await user.run(['replay', file, '--', 'true'])
    expect(stderr).toBe('holdfast: recorded, and not asked for: GET /a (line 2)\n')
    expect(status).toBe(1)
    expect((await user.run(['replay', file, '--loose', '--', 'true'])).status).toBe(0)
  })

  test('a field that may differ is ignored', async () => {
    const file = recorded(...answered('/a?name=one', 'A'))
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
    const { status, stderr } = await user.run(['replay', recorded(), '--', 'no-such-command'])
    expect(stderr).toContain('"no-such-command" can\'t be run (ENOENT)')
    expect(status).toBe(127)
  })

  test('a signal reaches the command', async () => {
    const command = user.start([
      'replay',
      recorded(),
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
    const command = user.start(['replay', recorded(...answered('/a', 'A')), '--socket', socket])
    await command.printed(/holdfast: DOCKER_HOST=unix:\/\/.* until Ctrl-C\n/, 'stderr')
    const asked = user.startProgram('sh', ['-c', 'ask GET /a'], { env: { DOCKER_HOST: `unix://${socket}` } })
    expect((await asked.finished).text).toBe('200 A\n')
    command.kill(signal)
    expect((await command.finished).status).toBe(0)
    expect(existsSync(socket)).toBe(false)
  })

  test('and then says what was not in the recording', async () => {
    const socket = user.path('engine.sock')
    const command = user.start(['replay', '--socket', socket, recorded()])
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
      const text = readFileSync(recorded(...answered('/a', 'A')), 'utf8')
      expect(await wrong(user.write('x', text.slice(0, -5)), '--', 'true')).toContain('line 3')
      expect(await wrong(user.write('x', text.replace('"GET /a"', '{}')), '--', 'true')).toContain('line 2')
    })

    test('a socket that is in use, or was left over', async () => {
      const path = user.path('taken.sock')
      const server = createServer().listen(path)
      onTestFinished(() => void server.close())
      expect(await wrong(recorded(), '--socket', path, '--', 'true')).toMatch(
        /--socket ".*taken\.sock" exists already \(EADDRINUSE\)\nholdfast: .*remove it/,
      )
      expect(existsSync(path)).toBe(true)
      writeFileSync(user.path('file'), '')
      expect(await wrong(recorded(), '--socket', user.path('file'), '--', 'true')).toContain('EADDRINUSE')
    })

    test('a socket in a folder that is not there', async () => {
      mkdirSync(user.path('folder'))
      expect(await wrong(recorded(), '--socket', user.path('none/x.sock'), '--', 'true')).toMatch(
        /--socket ".*none\/x\.sock" can't be listened on \(\w+\)\nholdfast: .*folder/,
      )
    })

    test.each([
      ['--cut', '2'],
      ['--cut', 'random'],
      ['--timing', 'slow'],
      ['--socket', ''],
    ])('%s %j', async (flag, value) =>
      expect(await wrong(recorded(), flag, value, '--', 'true')).toContain(flag),
    )
  })
})

describe('holdfast run --record-failure', () => {
  const fixture = (name: string) => join(import.meta.dirname, '../fixtures/docker-28.5', `${name}.ndjson`)
  const shell = (script: string) => ['--network', 'none', 'holdfast/busybox:1', 'sh', '-c', script]

  /** A run whose Engine is a recording. */
  async function run(name: string, command: string[]) {
    await using player = await replay(fixture(name), { loose: true })
    return await user.run(['run', '--record-failure', out(), ...command], {
      env: { DOCKER_HOST: player.host },
    })
  }

  test('writes the conversation of a run that fails, to be played again', async () => {
    const command = shell('echo half; exit 3')
    const failed = await run('run-failing', command)
    expect(failed).toMatchObject({ status: 3, text: 'half\n' })
    expect(failed.stderr).toContain(`the run failed: its conversation with the Engine is in ${out()}`)
    const again = await user.run(['replay', out(), '--', holdfast, 'run', ...command])
    expect(again).toMatchObject({ status: 3, text: 'half\n' })
  })

  test('writes nothing for a run that succeeds', async () => {
    const ok = await run('run-ok', shell('echo out; echo err >&2; printf last'))
    expect(ok).toMatchObject({ status: 0, text: 'out\nlast', stderr: 'err\n' })
    expect(existsSync(out())).toBe(false)
  })

  test('refuses an Engine that it can not listen to', async () => {
    const { status, stderr } = await user.run(['run', '-H', 'ssh://h', '--record-failure', out(), 'i'])
    expect(stderr).toContain("can't be recorded")
    expect(status).toBe(125)
  })
})

test.each(['record', 'replay'])('holdfast %s --help lists the statuses', async command => {
  const { status, stdout } = await said(command, '--help')
  expect(stdout).toMatch(/127 +the command is not found/)
  expect(status).toBe(0)
})
