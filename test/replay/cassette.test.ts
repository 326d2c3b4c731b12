import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type CassetteOptions, cassette, RecordingError, ReplayError } from '../../src/replay/index.ts'
import { modeFrom } from '../../src/replay/mode.ts'
import { ByteServer, text } from '../support/byte-server.ts'
import { rejection } from '../support/errors.ts'
import { Client, request } from './client.ts'

let file: string
let engine: ByteServer

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  file = join(folder, 'fixtures', 'x.ndjson')
  engine = await ByteServer.start([{ on: 'GET /', steps: [text(200, 'fine')] }])
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await engine[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  vi.stubEnv('CI', '')
  vi.stubEnv('HOLDFAST_RECORD', '')
})

/** A test that asks for these, and fails or not. */
async function use(paths: string[], options: CassetteOptions = {}, fails = false): Promise<string> {
  await using tape = await cassette(file, { engine: engine.address, notice: () => undefined, ...options })
  const client = await Client.of(tape.host)
  for (const path of paths) {
    await client.say(request(`GET ${path}`))
    await client.until('fine')
    client.heard = ''
  }
  client.leave()
  if (fails) throw new Error('the test failed')
  await tape.verify()
  return tape.mode
}

test('is recorded once, and played from then on', async () => {
  expect(await use(['/a'])).toBe('record')
  const asked = engine.accepted
  expect(await use(['/a'])).toBe('replay')
  expect(engine.accepted).toBe(asked)
  expect(readFileSync(file, 'utf8')).toMatch(
    /^\{"recording":2\}\n\{"request":"GET \/a".*\{"requests":1\}\n$/s,
  )
  expect(readdirSync(join(file, '..'))).toEqual(['x.ndjson'])
})

test('is recorded from an Engine that a function dials, and only where one answers', async () => {
  const dial = (path: string) => async () => {
    const socket = createConnection({ path, allowHalfOpen: true })
    await once(socket, 'connect')
    return socket
  }
  expect(await use(['/a'], { engine: dial(engine.address.replace('unix://', '')) })).toBe('record')
  expect(await use(['/a'])).toBe('replay')
  const absent = use(['/a'], { mode: 'record', engine: dial('/none/such.sock') })
  expect(await rejection(absent)).toMatchObject({ code: 'ENOENT' })
})

test('is recorded again when HOLDFAST_RECORD says so', async () => {
  await use(['/a'])
  vi.stubEnv('HOLDFAST_RECORD', 'all')
  expect(await use(['/b'])).toBe('record')
  expect(readFileSync(file, 'utf8')).toContain('GET /b')
})

test('stays as it was when the test fails while it is recorded', async () => {
  await use(['/a'])
  const before = readFileSync(file, 'utf8')
  const told: string[] = []
  const error = await rejection(use(['/b'], { mode: 'record', notice: line => told.push(line) }, true))
  expect(error).toEqual(new Error('the test failed'))
  expect(readFileSync(file, 'utf8')).toBe(before)
  expect(told).toEqual([`${file} was not written: the test did not come to verify()`])
  rmSync(file)
  await rejection(use(['/b'], {}, true))
  expect(existsSync(file)).toBe(false)
})

test('fails a test that is not as recorded, once', async () => {
  await use(['/a', '/b'])
  const error = await rejection(use(['/a']))
  expect(error).toBeInstanceOf(ReplayError)
  expect((error as Error).message).toContain('recorded, and not asked for: GET /b (line 4)')
  expect(await use(['/a'], { loose: true })).toBe('replay')
})

test('fails at its end where the test does not verify', async () => {
  await use(['/a'])
  const forgetful = async () => {
    await using _ = await cassette(file)
  }
  expect(await rejection(forgetful())).toBeInstanceOf(ReplayError)
})

test.each(['replay', 'once', 'record'] as const)(
  'is never recorded where CI is set, asked to %s',
  async mode => {
    vi.stubEnv('CI', 'true')
    vi.stubEnv('HOLDFAST_RECORD', 'all')
    const error = await rejection(cassette(file, { mode, engine: engine.address }))
    expect(error).toBeInstanceOf(RecordingError)
    expect((error as Error).message).toMatch(
      /is missing\. Nothing is recorded here, as CI is set\. Record it .*HOLDFAST_RECORD=once/,
    )
    expect(engine.accepted).toBe(0)
  },
)

test('is not made where no Engine can be reached, and the error names it', async () => {
  const nowhere = 'unix:///nowhere/docker.sock'
  const error = await rejection(cassette(file, { engine: nowhere }))
  expect(error).toBeInstanceOf(RecordingError)
  expect((error as Error).message).toBe(
    `nothing can be recorded: the Engine at ${nowhere} can't be reached (ENOENT)`,
  )
  expect(existsSync(file)).toBe(false)
})

test('that is not a recording is never taken for a missing one', async () => {
  await use(['/a'])
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\{"requests.*/, '\n'))
  expect(((await rejection(cassette(file))) as Error).message).toContain('the recording is not whole')
})

describe('the mode', () => {
  test.each([
    ['once', {}, 'once'],
    ['record', {}, 'record'],
    ['once', { HOLDFAST_RECORD: 'all' }, 'record'],
    ['once', { HOLDFAST_RECORD: 'none' }, 'replay'],
    ['replay', { HOLDFAST_RECORD: 'once' }, 'once'],
    ['record', { CI: '1' }, 'replay'],
    ['record', { CI: 'false' }, 'record'],
  ] as const)('asked for %s, with %j, is %s', (asked, env, mode) => expect(modeFrom(asked, env)).toBe(mode))

  test('must be known', () => {
    expect(() => modeFrom('once', { HOLDFAST_RECORD: 'yes' })).toThrow(
      'it must be one of once, replay, record, all, none',
    )
  })
})
