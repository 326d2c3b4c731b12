import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ByteServer } from '../../support/byte-server.ts'
import { Asking, id, startAsked } from '../asking.ts'
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

describe('holdfast record', () => {
  test('writes down what the command and the Engine said', async () => {
    const { status, text, stderr } = await user.record('--', 'ask', 'GET', '/info', 'GET', '/x')
    expect(text).toBe(`200 {"Id":"${id}","Name":"this-machine"}\n200 fine\n`)
    expect(stderr).toBe(`holdfast: 2 requests recorded in ${user.out}\n`)
    expect(status).toBe(0)
    expect(user.written().split('\n').length).toBeGreaterThan(5)
    expect(user.written()).toContain('"request":"GET /info"')
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
      ['record', '-o', user.out, ...flags, '--', 'ask', 'GET', '/info', 'GET', '/x?key=k3y-k3y'],
      {
        env: { API_KEY: 'k3y-k3y' },
      },
    )
    expect(status).toBe(0)
    const file = user.written()
    expect(file).not.toContain('k3y-k3y')
    expect(file).toContain('GET /x?key=[secret:1]')
    expect(file).toContain('"x-api-key":"[secret:1]"')
    expect(file).toContain('"Name":"a-host"')
    expect(file).toContain('"text":"well"')
    expect(file).not.toContain(id)
  })

  test('its command has the Engine by DOCKER_HOST alone', async () => {
    const { text } = await user.run(['record', '-o', user.out, '--host', engine.address, '--', 'env'], {
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
      ['record', '--out', user.out, 'sh', '-c', 'cat; echo "$0" >&2', '--out', '-h'],
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
    expect((await user.record('--', 'sh', '-c', script)).status).toBe(status)
    expect(existsSync(user.out)).toBe(false)
  })

  test('a command that is not found', async () => {
    const { status, stderr } = await user.record('--', 'no-such-command')
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
    const { status, stderr } = await user.record('--', user.write('notes.txt', 'hello'))
    expect(stderr).toContain("can't be run (EACCES)")
    expect(status).toBe(126)
    expect((await user.record('--', '')).status).toBe(126)
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
      'an Engine whose address has a path',
      ['record', '--out', '/dev/null', '-H', 'tcp://h/engine', '--', 'touch', 'ran'],
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

  test('where no Engine is, its command is not run', async () => {
    const nowhere = `unix://${user.path('none.sock')}`
    const { status, stderr } = await user.run(['record', '--out', user.out, '--', 'ask', 'GET', '/x'], {
      env: { DOCKER_HOST: nowhere },
    })
    expect(stderr).toBe(
      `holdfast: engine-unreachable: the Engine at ${nowhere} can't be used: there is no such socket\n` +
        'holdfast: Is the Engine running? See `systemctl status docker`, or name its address: --host or DOCKER_HOST.\n',
    )
    expect(status).toBe(125)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on, and writes the file all the same',
    async signal => {
      const script = `trap 'echo caught; exit 7' ${signal.slice(3)}; ask GET /x; echo ready; while :; do sleep 0.05; done`
      const command = user.start(['record', '--out', user.out, '--any-status', '--', 'sh', '-c', script])
      await command.printed(/ready/)
      command.kill(signal)
      const { status, text } = await command.finished
      expect(text).toContain('caught')
      expect(status).toBe(7)
      expect(user.written()).toContain('"request":"GET /x"')
    },
  )

  test('ends with its command, though a request is still open', async () => {
    const script = `ask GET /silent & until test -e ${user.path('go')}; do sleep 0.05; done; kill $!; exit 4`
    const command = user.start(['record', '--out', user.out, '--any-status', '--', 'sh', '-c', script])
    await engine.until('the request is there', () => engine.paths.includes('GET /silent'))
    user.write('go', '')
    const { status } = await command.finished
    expect(status).toBe(4)
    expect(user.written()).toContain('GET /silent')
  })
})

describe('a recording', () => {
  test('is left as it was by a command that fails', async () => {
    await user.record('--', 'ask', 'GET', '/x')
    const before = user.written()
    const { status, stderr } = await user.record('--', 'sh', '-c', 'ask GET /info; exit 3')
    expect(stderr).toBe(
      `holdfast: the command failed with status 3: ${user.out} is as it was (--any-status keeps its recording)\n`,
    )
    expect(status).toBe(3)
    expect(user.written()).toBe(before)
    expect((await user.record('--any-status', '--', 'sh', '-c', 'ask GET /info; exit 3')).status).toBe(3)
    expect(user.written()).toContain('GET /info')
  })

  test.each(['record --out', 'replay'])('is made once, and played from then on: %s', async command => {
    const [name = '', ...rest] = command.split(' ')
    const once = () => user.run([name, ...rest, user.out, '--mode', 'once', '--', 'ask', 'GET', '/x'])
    expect((await once()).stderr).toBe(`holdfast: 1 requests recorded in ${user.out}\n`)
    const accepted = engine.accepted
    expect(await once()).toMatchObject({ status: 0, text: '200 fine\n', stderr: '' })
    expect(engine.accepted).toBe(accepted)
  })

  test('is made again where HOLDFAST_RECORD says so, and never where CI is set', async () => {
    const replay = (env: Record<string, string>) =>
      user.run(['replay', user.out, '--', 'ask', 'GET', '/x'], { env })
    expect((await replay({ HOLDFAST_RECORD: 'all' })).stderr).toContain('1 requests recorded')
    expect(await replay({ HOLDFAST_RECORD: 'all', CI: 'true' })).toMatchObject({ status: 0, stderr: '' })
    expect(await replay({ HOLDFAST_RECORD: 'perhaps' })).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('it must be one of once, replay, record, all, none'),
    })
  })

  test('keeps variables that are to stay, and hides labels and patterns', async () => {
    const flags = ['--redact-pattern', 'this-\\w+', '--redact-label=x', '--keep-env']
    expect((await user.record(...flags, '--', 'ask', 'GET', '/info')).status).toBe(0)
    expect(user.written()).toContain('"Name":"[secret:1]"')
    expect((await user.record('--redact-pattern', '(', '--', 'true')).stderr).toContain(
      'must be a regular expression',
    )
  })

  test('is looked through for what looks like a secret', async () => {
    const bad = user.write('bad.ndjson', '{"recording":2}\n{"text":"AKIAIOSFODNN7EXAMPLE"}\n')
    expect(await user.run(['record', '--check', bad])).toMatchObject({
      status: 1,
      stderr: `holdfast: ${bad}:2: this looks like an AWS key\n`,
    })
    expect(await user.run(['record', '--check', user.recorded()])).toMatchObject({ status: 0, stderr: '' })
    expect((await user.run(['record', '--check', user.path('none')])).status).toBe(125)
  })

  test('needs a folder for its socket that can be written', async () => {
    const env = { TMPDIR: user.path('none') }
    for (const args of [
      ['record', '--out', user.out],
      ['replay', user.recorded()],
    ]) {
      const { status, stderr } = await user.run([...args, '--', 'true'], { env })
      expect(stderr).toMatch(/no socket can be made in ".*none" \(ENOENT\)\nholdfast: Set TMPDIR/)
      expect(status).toBe(125)
    }
  })
})

test('holdfast record --help lists the statuses', async () => {
  const { status, stdout } = await said('record', '--help')
  expect(stdout).toMatch(/127 +the command is not found/)
  expect(status).toBe(0)
})
