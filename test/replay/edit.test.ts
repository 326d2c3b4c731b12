import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { edit, formatRecording, parseRecording, type Recording, replay } from '../../src/replay/index.ts'
import { recordedRegistries, scenarios } from '../support/scenarios.ts'
import { app } from './app.ts'

const fixture = (name: string) =>
  parseRecording(readFileSync(join(import.meta.dirname, '../fixtures', `${name}.ndjson`), 'utf8'))

/** What comes of a recorded scenario. */
async function outcome(name: string, recording: Recording): Promise<unknown> {
  await using player = await replay(recording, { match: { body: false } })
  return await scenarios
    .find(one => one.name === name)
    ?.act(player.host, recordedRegistries, async () => undefined)
}

const runOk = fixture('docker-28.5/run-ok')

describe('an edited recording', () => {
  test('exits with another status, and brings the inspect that this takes', async () => {
    expect(await outcome('run-ok', runOk)).toMatchObject({ kind: 'ok' })
    const edited = edit(runOk).exit(3).recording
    expect(await outcome('run-ok', edited)).toMatchObject({ kind: 'exit', exitCode: 3, stdout: 'out\nlast' })
    expect(await outcome('run-ok', edit(runOk).exit(0).recording)).toMatchObject({ kind: 'ok' })
  })

  test('of one of several jobs', async () => {
    const recording = fixture('app/docker-20.10-app')
    const images = { one: 'private.test:5000/app:1', other: 'private.test:5000/tool:1' }
    await using player = await replay(edit(recording).exit(9, 'team-last').recording)
    const { jobs } = (await app(player.host, images)) as { jobs: Array<{ status: number }> }
    expect(jobs.map(({ status }) => status)).toEqual([0, 3, 9])
  })

  test('refuses a create, as a full disk does', async () => {
    const edited = edit(runOk).refuse('POST /containers/create', 500, 'no space left on device').recording
    expect(await outcome('run-ok', edited)).toMatchObject({ kind: 'create-failed' })
  })

  test('refuses a pull, as a registry does', async () => {
    const recording = fixture('docker-28.5/pull-private')
    const edited = edit(recording).refuse('POST /images/create', 404, 'pull access denied for x').recording
    expect(await outcome('pull-private', edited)).toMatchObject({ kind: 'registry-denied' })
  })

  test('has its output cut', () => {
    const output = edit(runOk)
      .cutOutput(6)
      .recording.exchanges.flatMap(({ said }) => said.filter(one => 'output' in one))
    expect(output[0]).toMatchObject({ output: 'stdout', text: 'out\nla' })
    const app = edit(fixture('app/docker-20.10-app')).cutOutput(3).recording
    const printed = app.exchanges.flatMap(({ said }) => said.filter(one => 'output' in one))
    expect(printed[0]).toMatchObject({ output: 'stdout', text: 'b\na' })
  })

  test('can be written to a file', () => {
    const { recording } = edit(runOk).exit(3)
    expect(parseRecording(formatRecording(recording))).toEqual(recording)
  })

  test.each(['POST /containers/none', 'GET /nothing'])('says what it does not have: %s', request => {
    expect(() => edit(runOk).refuse(request, 500, '')).toThrow(`the recording has no ${request}`)
  })
})
