import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseRecording, replay } from '../../src/replay/index.ts'
import { type Finished, holdfast, User } from '../live/support/command.ts'
import { prints } from '../run/launch.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/recordings.md'), 'utf8')
const examples = Array.from(
  page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm),
  ([, language = '', text = '']) => ({ language, text }),
)
const image = 'registry.example.com/team/batch:1.4'
/** Programs of others that are started take their time where much is going on. */
const slow = 60_000

/** The one example that has this text. */
function example(part: string): string {
  const found = examples.filter(({ text }) => text.includes(part))
  expect(found, part).toHaveLength(1)
  return found[0]?.text ?? ''
}

/** Pulls as the docker command does, and prints what is said. */
const docker = `#!/usr/bin/env node
import { request } from 'node:http'
const socketPath = process.env.DOCKER_HOST.replace('unix://', '')
const [name, tag] = process.argv[3].split(':')
const path = '/images/create?fromImage=' + encodeURIComponent(name) + '&tag=' + tag
request({ socketPath, method: 'POST', path }, answer => answer.pipe(process.stdout)).end()
`

let user: User
let engine: FakeEngine

beforeEach(async () => {
  engine = await FakeEngine.start({
    registry: [image, 'registry.example.com/team/app:1.4'],
    program: prints('x'),
  })
  user = new User(engine.host)
  user.install('holdfast', `#!/bin/sh\nexec node ${holdfast} "$@"\n`)
  user.install('docker', docker)
  user.write('package.json', { type: 'module', scripts: { test: 'vitest run' } })
  mkdirSync(user.path('node_modules'))
  symlinkSync(root, user.path('node_modules/holdfast'))
  for (const name of ['.bin', 'vitest', '@types']) {
    symlinkSync(join(root, 'node_modules', name), user.path(`node_modules/${name}`))
  }
})

afterEach(async () => {
  expect(user.leave()).toEqual([])
  await engine[Symbol.asyncDispose]()
})

/** A line of a shell in the project's folder. */
function shell(line: string, env: Record<string, string> = {}): Promise<Finished> {
  return user.startProgram('sh', ['-c', `cd ${user.home} && ${line}`], { env }).finished
}

/** What a program said, where it was not to fail. */
async function succeeds(line: string, env: Record<string, string> = {}): Promise<string> {
  const { status, text, stderr } = await shell(line, env)
  expect(status, text + stderr).toBe(0)
  return text
}

const noEngine = { DOCKER_HOST: 'unix:///nowhere/docker.sock' }
const recording = () => user.path('test/fixtures/batch.ndjson')

test('a test is recorded once, and needs no Engine from then on', { timeout: slow }, async () => {
  user.write('batch.test.ts', example("import { expect, test } from 'vitest'"))
  const missing = await shell('npm test', { CI: 'true' })
  expect(missing.text + missing.stderr).toMatch(/batch\.ndjson is missing\..*CI is set/)
  expect(existsSync(recording())).toBe(false)
  await succeeds('npm test')
  const requests = () => /\{"requests":\d+\}\n$/.exec(readFileSync(recording(), 'utf8'))?.[0]
  const recorded = requests()
  expect(recorded).toBeDefined()
  await succeeds('npm test', { ...noEngine, CI: 'true' })
  engine.images.splice(0)
  writeFileSync(recording(), 'of another time')
  await succeeds(example('HOLDFAST_RECORD=all').trim())
  expect(requests()).toBe(recorded)
})

describe('from a recording', () => {
  beforeEach(async () => {
    user.write('record.mts', example('finally'))
    await succeeds('node record.mts')
  }, slow)

  const knowsUsing = Number(process.versions.node.split('.')[0]) >= 24

  test.skipIf(!knowsUsing)('a test of node:test is played', { timeout: slow }, async () => {
    user.write('batch.test.mts', example("import test from 'node:test'"))
    expect(await succeeds('node --test', noEngine)).toContain('pass 1')
  })

  test('failures are made', { timeout: slow }, async () => {
    const used = `
      import { run } from 'holdfast'
      for (const recording of [failing, full, denied, lost]) {
        const played = await replay(recording, { loose: true })
        const { kind, exitCode } = await run({ engine: played.host, image: '${image}', reject: false })
        console.log(kind, exitCode)
        await played.close()
      }`
    const script = example('edit(recording)').replace(/^await using engine = .*\n/m, used)
    expect(script).toContain(used)
    user.write('edit.mts', script)
    expect(await succeeds('node edit.mts', noEngine)).toBe(
      'exit 3\ncreate-failed null\nregistry-denied null\nok 0\n',
    )
  })

  test('a test with fake timers is played', { timeout: slow }, async () => {
    const fake = example('useFakeTimers').split('\n').slice(2).join('\n')
    const body = example("import { expect, test } from 'vitest'")
    const script = body
      .replace("import { expect, test } from 'vitest'", "import { expect, test, vi } from 'vitest'")
      .replace(/(?=^ {2}await using engine)/m, `  ${fake}`)
    expect(script).toContain('useFakeTimers')
    user.write('batch.test.ts', script)
    await succeeds('vitest run', { ...noEngine, CI: 'true' })
  })
})

test('the commands record and play', { timeout: slow }, async () => {
  const [record = '', play = '', listen = ''] = example('--out pull.ndjson').split('\n')
  expect(await succeeds(record)).toContain('Downloaded newer image')
  expect(await succeeds(play, noEngine)).toContain('Downloaded newer image')
  rmSync(user.path('pull.ndjson'))
  expect((await shell(play, { CI: 'true' })).status).toBe(125)
  user.write('run.ndjson', '{"recording":2}\n{"requests":0}\n')
  const [, args = ''] = /^holdfast (.*?) +#/.exec(listen) ?? []
  const socket = user.path('engine.sock')
  const listening = user.start(
    args.replace('run.ndjson', user.path('run.ndjson')).replace('/tmp/engine.sock', socket).split(' '),
  )
  await listening.printed(/until Ctrl-C/, 'stderr')
  expect(existsSync(socket)).toBe(true)
  listening.kill('SIGINT')
  expect((await listening.finished).status).toBe(0)
})

test('the file that is shown is a recording, and played', async () => {
  const shown = parseRecording(example('{"recording":2}'))
  await using player = await replay(shown, { loose: true })
  expect(player.missing).toHaveLength(2)
})

test('no example is left out', () => {
  const used = [
    "import { expect, test } from 'vitest'",
    'HOLDFAST_RECORD=all',
    '--out pull.ndjson',
    'edit(recording)',
    '{"recording":2}',
    "import test from 'node:test'",
    'finally',
    'useFakeTimers',
  ].map(example)
  // What is left are messages.
  const left = examples.filter(({ text }) => !used.includes(text)).map(({ text }) => text.split(' ', 1)[0])
  expect(left).toEqual(['POST', 'holdfast'])
})
