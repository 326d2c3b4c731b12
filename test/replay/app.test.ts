import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Cut,
  parseRecording,
  type Recording,
  type ReplayOptions,
  replay,
} from '../../src/replay/index.ts'
import { rejection } from '../support/errors.ts'
import { app, type Change, Docker, jobsAtOnce, runJob, upTo } from './app.ts'
import { printing } from './printing.ts'

const read = (name: string) =>
  parseRecording(readFileSync(join(import.meta.dirname, '../fixtures/app', `${name}.ndjson`), 'utf8'))
const images = { one: 'private.test:5000/app:1', other: 'private.test:5000/tool:1' }

async function played(recording: Recording, options: ReplayOptions = {}) {
  const player = await replay(recording, options)
  onTestFinished(() => player.close())
  return player
}

describe('an app', () => {
  const recording = read('docker-20.10-app')

  test.each(['docker-20.10', 'docker-28.5'])(
    'makes 41 requests, and is the same from its recording: %s',
    async generation => {
      const recording = read(`${generation}-app`)
      const player = await played(recording)
      expect(await app(player.host, images)).toEqual(recording.head.result)
      expect('exchanges' in recording && recording.exchanges.length).toBe(41)
      await player.verify()
    },
  )

  test.each<[what: string, change: Change, problem: string]>([
    [
      'another command',
      { create: { Cmd: ['sh', '-c', 'rm -rf /input/*'] } },
      'POST /containers/create came with another body: Cmd[2] "cat /input/a.txt',
    ],
    [
      'a variable more',
      { create: { Env: ['DAY=x', 'MODE=y', 'DEBUG=1'] } },
      'Env DEBUG came, and was not recorded',
    ],
    ['a variable less', { create: { Env: ['DAY=x'] } }, 'Env MODE was recorded, and did not come'],
    [
      'another mount',
      { host: { Binds: ['/:/host-etc'] } },
      'HostConfig.Binds[0] "/etc:/host-etc:ro" was recorded, "/:/host-etc" came',
    ],
    ['another limit', { host: { Memory: 1 } }, 'HostConfig.Memory 67108864 was recorded, 1 came'],
    ['another label', { create: { Labels: { team: 'web' } } }, 'Labels.team "data" was recorded, "web" came'],
    [
      'another image',
      { image: images.other },
      'Image "private.test:5000/app:1" was recorded, "private.test:5000/tool:1" came',
    ],
    [
      'other stdin',
      { stdin: 'one\nTWO\n' },
      'was sent something else: byte 4 "two\\n" was recorded, "TWO\\n" came',
    ],
    [
      'another file in the archive',
      { input: [{ name: 'input/a.txt', mode: '644', mtime: '2026-01-01', text: 'c\n' }] },
      'archive came with another body: input/a.txt "b\\na\\n" was recorded, "c\\n" came',
    ],
    [
      'another tag',
      { tag: '2' },
      'POST /images/create came with another query: tag "1" was recorded, "2" came',
    ],
    [
      'a request more',
      { extra: true },
      'not in the recording: GET /v1.41/info; expected POST /v1.41/containers/create?name=team-last',
    ],
    [
      'its input after the start',
      { startFirst: true },
      `start (line 49) came before PUT /containers/1d000000000a${'0'.repeat(52)}/archive (line 38)`,
    ],
    ['a request less', { leaveOut: true }, 'recorded, and not asked for: GET /v1.41/containers/json'],
  ])('is noticed when it has %s', async (_, change, problem) => {
    const player = await played(recording)
    await app(player.host, images, change).catch(() => undefined)
    expect(player.problems.join('\n')).toContain(problem)
    const error = await rejection(player.verify())
    expect(error).toMatchObject({ name: 'ReplayError', message: expect.stringContaining(problem) })
  })
})

describe('jobs at the same time', () => {
  // HOLDFAST_REPLAY_ROUNDS=500 is for changes of the order.
  const rounds = Number(process.env.HOLDFAST_REPLAY_ROUNDS || 50)

  test.concurrent.each([3, 12])(
    'have their own output and status, %i of them, whenever they come',
    async count => {
      const recording = read(`docker-20.10-jobs-${count}`)
      const round = async () => {
        await using player = await replay(recording)
        const results = await jobsAtOnce(player.host, count, upTo(5))
        expect(results).toEqual(recording.head.result)
      }
      for (let done = 0; done < rounds; done++) await round()
    },
    rounds * 1_000,
  )
})

describe('much output', () => {
  test.each<[Cut, string]>([
    ['whole', 'x'.repeat(20 * 1024 * 1024)],
    ['1', '0123456789\n'.repeat(500)],
    ['random:7', '0123456789\n'.repeat(5_000)],
  ])('plays to its end, cut %s', async (cut, text) => {
    await using player = await replay(printing(text), { cut })
    using docker = new Docker(player.host)
    const { stdout, status } = await runJob(docker, { create: {} })
    expect(stdout.length).toBe(text.length)
    expect(stdout === text).toBe(true)
    expect(status).toBe(0)
  })

  test('that is not read holds up neither the answer to start nor the exit', async () => {
    const player = await played(printing('x'.repeat(20 * 1024 * 1024)))
    using docker = new Docker(player.host)
    await docker.text('POST', '/containers/create', {})
    const read = await docker.attach('job')
    const waited = await docker.ask('POST', '/containers/job/wait?condition=next-exit')
    await docker.text('POST', '/containers/job/start')
    expect(Buffer.concat(await waited.toArray()).toString()).toBe('{"StatusCode":0}')
    expect((await read()).stdout?.length).toBe(20 * 1024 * 1024)
  })
})
