import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import { replay } from '../../src/replay/index.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { launch, prints } from './launch.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-flight-'))
  file = join(folder, 'failure.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const failing = { images: ['bb:1'], program: prints('half\n', '', 3) }

test('a run that fails leaves its conversation with the Engine, which is played again', async () => {
  await using engine = await FakeEngine.start(failing)
  const events: RunEvent[] = []
  const options = { env: { PASSWORD: 'pl4nted-s3cret' }, command: ['job'] }
  const outcome = await launch(engine, {
    ...options,
    recordFailure: file,
    onEvent: event => events.push(event),
  })
  expect(outcome).toMatchObject({
    kind: 'exit',
    exitCode: 3,
    recording: file,
    engine: engine.host,
    apiVersion: '1.41',
  })
  expect(events.at(-1)).toEqual({ type: 'recorded', file })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).not.toContain('pl4nted-s3cret')
  await using player = await replay(file)
  const again = await launch(engine, { ...options, engine: player.host })
  expect(again).toMatchObject({ kind: 'exit', exitCode: 3, stdout: 'half\n', recording: null })
})

test('a run that succeeds leaves none', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  expect(await launch(engine, { recordFailure: file })).toMatchObject({ kind: 'ok', recording: null })
  expect(existsSync(file)).toBe(false)
})

test('an open Engine is listened to, and stays open', async () => {
  await using engine = await FakeEngine.start(failing)
  await using client = connect(engine.host)
  const outcome = await launch(engine, { engine: client, recordFailure: file })
  expect(outcome).toMatchObject({ engine: engine.host, recording: file })
  expect(await client.containers.list()).toEqual([])
})

test('an Engine that can not be reached is named as without a recorder', async () => {
  await using engine = await FakeEngine.start()
  const host = 'unix:///none/such.sock'
  const { failure } = await launch(engine, { engine: host, engineGrace: 0, recordFailure: file })
  expect(failure).toMatchObject({
    kind: 'engine-unreachable',
    message: `the Engine at ${host} can't be used: there is no such socket`,
  })
  expect(existsSync(file)).toBe(false)
})

test('an Engine that does not answer is not waited for beyond the time limit', {
  timeout: 5_000,
}, async () => {
  await using engine = await FakeEngine.start()
  const silent = createServer(socket => socket.on('error', () => undefined).resume())
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const host = `tcp://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const outcome = await launch(engine, { engine: { host, tls: {} }, timeout: 200, recordFailure: file })
  expect(outcome).toMatchObject({ kind: 'timeout', recording: null })
})

test('a file that can not be written in the end is a warning, and the run keeps its own failure', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: () => {
      rmSync(folder, { recursive: true })
      return 3
    },
  })
  const { kind, recording, warnings } = await launch(engine, { recordFailure: file })
  expect({ kind, recording }).toEqual({ kind: 'exit', recording: null })
  expect(warnings).toEqual([expect.stringContaining("the run's conversation could not be written to")])
})

describe('is refused before any request', () => {
  test('an Engine whose address has a path', async () => {
    await using engine = await FakeEngine.start()
    const address = 'tcp://farm.example:2375/engine'
    const { failure } = await launch(engine, { engine: address, recordFailure: file })
    expect(failure).toMatchObject({ kind: 'usage', message: `${address} can't be recorded` })
  })

  test('a file in a folder that is not there', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const { failure } = await launch(engine, { recordFailure: join(folder, 'none', 'f') })
    expect(failure).toMatchObject({ kind: 'usage', message: expect.stringContaining('(ENOENT)') })
    expect(engine.asked).toEqual([])
  })
})
