import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import { run } from '../../src/run/run.ts'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry } from './support/registry.ts'
import { containers, engineJson } from './support/request.ts'
import { startTrouble } from './support/trouble.ts'

const image = 'busybox:live'

let engine: TestEngine
let user: User
/** The job's /shared. An Engine in a root of its own shares no folder with this machine but those of /dev. */
let folder: string

beforeAll(async () => {
  engine = await startEngine({ flags: ['--live-restore'] })
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
  folder = mkdtempSync('/dev/shm/holdfast-shared-')
})

afterEach(async () => {
  rmSync(folder, { recursive: true })
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

/** Ends, with status 7, when it finds a file. */
const job = ['sh', '-c', 'echo up; until [ -e /shared/go ]; do sleep 0.1; done; echo >/shared/gone; exit 7']

function letGo(): void {
  writeFileSync(`${folder}/go`, '')
}

/** Resolves when the Engine answers the next wait. */
async function waitedAgain(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const note = (report: unknown) => {
    const { path, status } = report as RequestReport
    if (path.includes('/wait?') && status === 200) resolve()
  }
  subscribe('holdfast:engine:request', note)
  await promise.finally(() => unsubscribe('holdfast:engine:request', note))
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('an Engine that is restarted by %s', signal => {
  it('under a job does it no harm; a gap says that the Engine may not have logged all', async () => {
    const running = run({
      engine: engine.host,
      image,
      command: job,
      volumes: [`${folder}:/shared`],
      reject: false,
    })
    for await (const { text } of running) {
      expect(text).toBe('up')
      // What a container prints while the run sees no Engine may be lost: it ends once the run waits for it again.
      await Promise.all([waitedAgain(), engine.restart(signal)])
      letGo()
    }
    const outcome = await running
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 7, stdout: 'up\n', container: { removed: true } })
    expect(outcome.gaps).toEqual([expect.stringContaining('does not remember the start')])
  })

  it('under a pull: it is asked for again, and the job runs', async () => {
    await using registry = await startRegistry()
    await importBusybox(engine.socket, 'busybox:padded', { pad: 8 })
    await tag(engine.socket, 'busybox:padded', `${registry.address}/job:1`)
    await push(engine.socket, `${registry.address}/job:1`)
    for (const name of [`${registry.address}/job:1`, 'busybox:padded']) await remove(engine.socket, name)
    await using trouble = await startTrouble('proxy', registry.address)
    trouble.blobs = { after: 'half', end: 'stall' }
    const downloading = Promise.withResolvers<void>()
    const running = run({
      engine: engine.host,
      image: `${trouble.address}/job:1`,
      command: ['echo', 'up'],
      reject: false,
      onEvent: event => {
        if (event.type === 'progress' && event.status === 'Downloading') downloading.resolve()
      },
    })
    await downloading.promise
    trouble.blobs = undefined
    await engine.restart(signal)
    expect(await running).toMatchObject({
      kind: 'ok',
      stdout: 'up\n',
      registry: { contacted: true },
      warnings: [expect.stringContaining('asking it again')],
    })
    await remove(engine.socket, `${trouble.address}/job:1`)
  })

  it('while the job ends gives its status, as far as the Engine knows it', async () => {
    const options = { engine: engine.host, image, command: job, volumes: [`${folder}:/shared`] }
    const running = run({ ...options, remove: 'never', reject: false })
    for await (const { text } of running) {
      expect(text).toBe('up')
      await engine.kill(signal)
      letGo()
      await expect.poll(() => existsSync(`${folder}/gone`), { interval: 20, timeout: 10_000 }).toBe(true)
      await engine.start()
    }
    const outcome = await running
    const [container] = await containers(engine.socket)
    // 7, or 255 of an Engine whose containerd was away, too, and has forgotten.
    const { State } = await engineJson<{ State: { ExitCode: number } }>(
      engine.socket,
      'GET',
      `/containers/${container?.Id}/json`,
    )
    expect([7, 255]).toContain(State.ExitCode)
    const lost = { kind: 'lost', exitCode: null }
    expect(outcome).toMatchObject(State.ExitCode === 255 ? lost : { kind: 'exit', exitCode: State.ExitCode })
    expect(outcome.gaps).toEqual([
      expect.stringContaining('does not remember the start'),
      expect.stringContaining('ended while the Engine was away'),
    ])
    await engineJson(engine.socket, 'DELETE', `/containers/${container?.Id}`)
  })
})

it('the command says that the Engine is away, and goes on with the output', async () => {
  const command = user.start(['run', '-v', `${folder}:/shared`, image, ...job])
  await command.printed(/up\n/)
  await engine.kill()
  await command.printed(/the Engine does not answer .*\n/, 'stderr')
  await engine.start()
  letGo()
  expect(await command.finished).toMatchObject({ status: 7, text: 'up\n' })
})
