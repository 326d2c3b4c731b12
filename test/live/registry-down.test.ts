import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import { run } from '../../src/run/run.ts'
import { conversation, leftBehind, readAudit, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, pull, push, tag } from './support/images.ts'
import { startRegistry } from './support/registry.ts'
import { engineJson } from './support/request.ts'
import { type Mode, startTrouble, type Trouble } from './support/trouble.ts'

/** What a run says to the Engine. The log shows whether output is missing; the state says how the container ended. */
const requestsOfARun = [
  'GET /images/NAME/json',
  'POST /containers/create',
  'POST /containers/ID/attach',
  'POST /containers/ID/wait',
  'POST /containers/ID/start',
  'GET /containers/ID/logs',
  'GET /containers/ID/json',
  'DELETE /containers/ID',
]

/** attach and wait go out together, in either order. */
function settled(requests: readonly string[]): string[] {
  return [...requests.slice(0, 2), ...requests.slice(2, 4).sort(), ...requests.slice(4)]
}

const troubles: (Mode | 'stopped')[] = ['stopped', '500', '503', '401', 'silent', 'reset']

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

interface Scene extends AsyncDisposable {
  image: string
  trouble: Trouble
}

/** An image that is local, and the registry in its name in trouble. */
async function localFrom(mode: Mode | 'stopped'): Promise<Scene> {
  const trouble = await startTrouble(mode === 'stopped' ? '500' : mode)
  const image = `${trouble.address}/team/batch:1.4`
  await tag(engine.socket, 'busybox:live', image)
  if (mode === 'stopped') await trouble.stop()
  return {
    image,
    trouble,
    [Symbol.asyncDispose]: async () => (mode === 'stopped' ? undefined : trouble.stop()),
  }
}

function registryOf(image: string): string {
  return image.slice(0, image.indexOf('/'))
}

function useStoredCredentials(image: string): void {
  const auth = Buffer.from('alice:sesame').toString('base64')
  user.write('config.json', { auths: { [registryOf(image)]: { auth } } })
}

/** A helper that shows that it was started, and then takes its time. */
function useSleepingHelper(image: string): string {
  const started = user.path('helper-started')
  user.write('config.json', { credHelpers: { [registryOf(image)]: 'asleep' } })
  user.install('docker-credential-asleep', `#!/bin/sh\ntouch '${started}'\nexec sleep 600\n`)
  return started
}

describe.each(troubles)('with the image local and the registry in trouble (%s)', mode => {
  it('stored credentials change nothing', async () => {
    await using scene = await localFrom(mode)
    useStoredCredentials(scene.image)
    const audit = user.path('audit')
    const ended = await user.run(['run', '--audit', audit, scene.image, 'echo', 'done'])
    expect(ended).toMatchObject({ status: 0, text: 'done\n', stderr: '' })
    expect(settled(conversation(readAudit(audit)))).toEqual(requestsOfARun)
    expect(readAudit(audit).filter(line => 'X-Registry-Auth' in line)).toEqual([])
    expect(scene.trouble.connections).toBe(0)
  })

  it('nor does a credential helper that never answers, and the job fails by itself only', async () => {
    await using scene = await localFrom(mode)
    const started = useSleepingHelper(scene.image)
    const audit = user.path('audit')
    const ended = await user.run(['run', '--audit', audit, scene.image, 'sh', '-c', 'echo oh >&2; exit 3'])
    expect(ended).toMatchObject({ status: 3, text: '', stderr: 'oh\n' })
    expect(settled(conversation(readAudit(audit)))).toEqual(requestsOfARun)
    expect(readAudit(audit).filter(line => 'X-Registry-Auth' in line)).toEqual([])
    expect(existsSync(started)).toBe(false)
    expect(scene.trouble.connections).toBe(0)
  })

  it('nor do credentials that are a function', async () => {
    await using scene = await localFrom(mode)
    const reports: RequestReport[] = []
    const note = (report: unknown) => void reports.push(report as RequestReport)
    subscribe('holdfast:engine:request', note)
    let asked = 0
    const outcome = await run({
      engine: engine.host,
      image: scene.image,
      command: ['sh', '-c', 'echo out; exit 4'],
      credentials: () => {
        asked++
        return { username: 'alice', password: 'sesame' }
      },
      reject: false,
    }).finally(() => unsubscribe('holdfast:engine:request', note))
    expect(outcome).toMatchObject({
      kind: 'exit',
      exitCode: 4,
      stdout: 'out\n',
      registry: { contacted: false },
    })
    expect(settled(conversation(reports))).toEqual(requestsOfARun)
    expect(reports.every(({ registryAuth }) => registryAuth === 'absent')).toBe(true)
    expect(asked).toBe(0)
    expect(scene.trouble.connections).toBe(0)
  })
})

it('a registry that hangs takes no time at all', async () => {
  await using scene = await localFrom('silent')
  const times = { alone: [] as number[], troubled: [] as number[] }
  const measure = async (into: number[], image: string) => {
    const started = performance.now()
    expect(await user.run(['run', image, 'true'])).toMatchObject({ status: 0 })
    into.push(performance.now() - started)
  }
  useSleepingHelper(scene.image)
  for (let round = 0; round < 5; round++) {
    await measure(times.alone, 'busybox:live')
    await measure(times.troubled, scene.image)
  }
  expect(Math.abs(median(times.troubled) - median(times.alone))).toBeLessThan(1000)
  expect(scene.trouble.connections).toBe(0)
})

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

it('an image asked for by its digest runs when its registry has gone', async () => {
  let image: string
  {
    await using registry = await startRegistry()
    image = `${registry.address}/team/batch:1.4`
    await tag(engine.socket, 'busybox:live', image)
    await push(engine.socket, image)
    expect(await pull(engine.socket, image)).toMatchObject({ status: 200 })
  }
  const { RepoDigests } = await engineJson<{ RepoDigests: string[] }>(
    engine.socket,
    'GET',
    `/images/${image}/json`,
  )
  const byDigest = RepoDigests.find(name => name.startsWith(registryOf(image)))
  expect(byDigest).toContain('@sha256:')
  const ended = await user.run(['run', String(byDigest), 'echo', 'done'])
  expect(ended).toMatchObject({ status: 0, text: 'done\n', stderr: '' })
})

describe('an id, or its beginning,', () => {
  const create = 'POST /images/create'

  it.each([64, 20, 12])('runs without a registry (%i digits)', async length => {
    const { Id } = await engineJson<{ Id: string }>(engine.socket, 'GET', '/images/busybox:live/json')
    const audit = user.path('audit')
    const id = Id.slice('sha256:'.length).slice(0, length)
    const ended = await user.run(['run', '--audit', audit, '--pull', 'refresh', id, 'echo', 'done'])
    expect(ended).toMatchObject({ status: 0, text: 'done\n', stderr: '' })
    expect(conversation(readAudit(audit))).not.toContain(create)
  })

  it.each(['always', 'missing'])(
    'that is not local is missing, under %s too, and no registry is asked',
    async policy => {
      const audit = user.path('audit')
      const ended = await user.run(['run', '--audit', audit, '--pull', policy, 'deadbeefcafe', 'true'])
      expect(ended).toMatchObject({ status: 125, text: '' })
      expect(ended.stderr).toMatch(/^holdfast: image-missing: .*deadbeefcafe.*\nholdfast: .*\n$/)
      expect(conversation(readAudit(audit))).not.toContain(create)
    },
  )
})
