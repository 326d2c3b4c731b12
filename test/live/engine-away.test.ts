import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Job, jobs, type RunOptions, run } from '../../src/index.ts'
import { leftBehind, rounds } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

const image = 'busybox:live'
const long = rounds >= 100

let engine: TestEngine
/** The job's /shared. An Engine in a root of its own shares no folder with this machine but those of /dev. */
let folder: string

beforeEach(() => {
  folder = mkdtempSync('/dev/shm/holdfast-shared-')
})

afterEach(async () => {
  rmSync(folder, { recursive: true })
  const left = await leftBehind(engine.socket)
  await engine.stop()
  expect(left).toEqual([])
})

async function start(...flags: string[]): Promise<void> {
  engine = await startEngine({ flags })
  await importBusybox(engine.socket, image)
}

function launch(script: string, options: Partial<RunOptions> = {}): Job {
  return run({
    engine: engine.host,
    image,
    command: ['sh', '-c', script],
    volumes: [`${folder}:/shared`],
    capture: 0,
    reject: false,
    ...options,
  })
}

/** Collects what the job prints; `onStdout` hears how many bytes of stdout there are by then. */
async function read(job: Job, onStdout: (bytes: number) => unknown = () => undefined) {
  const text = { stdout: '', stderr: '' }
  for await (const { stream, bytes } of job.chunks()) {
    text[stream] += Buffer.from(bytes).toString('latin1')
    await onStdout(text.stdout.length)
  }
  return text
}

/** What the Engine has logged; removes the container. */
async function logOf(container = ''): Promise<{ stdout: string; stderr: string }> {
  await using client = connect(engine.host)
  const log = await client.containers.logs(container, { tty: false })
  const text = { stdout: '', stderr: '' }
  for (let pieces = await log.read(); pieces !== undefined; pieces = await log.read())
    for (const { stream, bytes } of pieces)
      if (stream !== 'systemerr') text[stream] += Buffer.from(bytes).toString('latin1')
  await client.containers.remove(container)
  return text
}

/** Ends with status 7 when it finds a file. */
const untilLetGo = 'until [ -e /shared/go ]; do sleep 0.1; done; exit 7'

function letGo(): void {
  writeFileSync(`${folder}/go`, '')
}

/** What a job printed whose Engine is killed each time that so many bytes of stdout were delivered, and what is in its log. */
async function killedAt(restarts: number[], script: string) {
  await start('--live-restore')
  const job = launch(script, { remove: 'never' })
  const text = await read(job, async bytes => {
    if (bytes < (restarts[0] ?? Number.POSITIVE_INFINITY)) return
    restarts.shift()
    await engine.restart('SIGKILL')
  })
  expect(restarts).toEqual([])
  const outcome = await job
  expect(outcome).toMatchObject({ kind: 'exit', exitCode: 9 })
  expect(outcome.gaps).toEqual([expect.stringContaining('does not remember the start')])
  return { text, logged: await logOf(outcome.container?.id) }
}

describe('with live-restore', () => {
  it('dockerd is killed three times under 2,000 lines a second: each that it has logged comes once, and the status', {
    timeout: 300_000,
  }, async () => {
    const count = 20_000
    // Ten lines of each stream, then ten milliseconds.
    const script = `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo out $i; echo err $i >&2; [ $((i % 10)) = 0 ] && sleep 0.01; done; exit 9`
    const { text, logged } = await killedAt([20_000, 60_000, 120_000], script)
    // A killed dockerd loses what it had read of the container and not yet logged: once in some hundred kills here.
    for (const [stream, word] of [
      ['stdout', 'out'],
      ['stderr', 'err'],
    ] as const) {
      // It may have sent what it had not logged.
      const delivered = new Set(text[stream].split('\n'))
      expect(logged[stream].split('\n').filter(line => !delivered.has(line))).toEqual([])
      const numbers = text[stream]
        .split('\n')
        .slice(0, -1)
        .map(line => Number(line.slice(word.length + 1)))
      const printed = new Set(numbers)
      const lost = Array.from({ length: count }, (_, index) => index + 1).filter(line => !printed.has(line))
      expect(text[stream], `${stream} without ${lost}`).toBe(
        numbers.map(line => `${word} ${line}\n`).join(''),
      )
      expect(
        numbers.every((line, index) => index === 0 || line > (numbers[index - 1] ?? 0)),
        stream,
      ).toBe(true)
      // One read of each dockerd, of as many lines as a busy machine lets gather.
      const runs = lost.filter(line => !lost.includes(line - 1))
      expect(runs.length, `${stream} without ${lost}`).toBeLessThanOrEqual(3)
      expect(lost.length, `${stream} without ${lost}`).toBeLessThan(3_000)
    }
  })

  it('dockerd is killed twice under output as fast as it comes: what the next one reads is all there', {
    timeout: 300_000,
  }, async () => {
    const count = 1_500_000
    const { text, logged } = await killedAt([1_000_000, 5_000_000], `seq 1 ${count}; exit 9`)
    // Each dockerd had some megabytes in its memory. Where it had sent them, they are there, too.
    expect(text.stdout.endsWith(logged.stdout.slice(-1_000_000))).toBe(true)
    const lines = text.stdout.split('\n')
    const isNext = (line: string, at: number) => at === 0 || Number(line) === Number(lines[at - 1]) + 1
    const breaks = lines.slice(0, -1).flatMap((line, at) => (isNext(line, at) ? [] : [at]))
    // The line at a break may be in two pieces.
    expect(breaks.length, JSON.stringify(breaks.map(at => lines.slice(at - 1, at + 2)))).toBeLessThanOrEqual(
      4,
    )
    expect(lines.at(-2)).toBe(String(count))
    expect(lines.length).toBeGreaterThan(count / 2)
  })

  const away = long ? 90_000 : 4_000

  it(`dockerd is away for ${away / 1000} s: the job goes on`, { timeout: 300_000 }, async () => {
    await start('--live-restore')
    const job = launch(`echo up; ${untilLetGo}`)
    const text = await read(job, async () => {
      await engine.kill('SIGKILL')
      await delay(away)
      await engine.start()
      letGo()
    })
    expect(text.stdout).toBe('up\n')
    expect(await job).toMatchObject({ kind: 'exit', exitCode: 7 })
  })

  it('dockerd is away past the grace: lost, and found again by its key', { timeout: 300_000 }, async () => {
    await start('--live-restore')
    const options = { job: 'nightly', engineGrace: 2_000 }
    const first = launch(`echo up; ${untilLetGo}`, options)
    await read(first, () => engine.kill('SIGKILL'))
    expect(await first).toMatchObject({ kind: 'lost', exitCode: null, container: { removed: false } })
    await engine.start()
    expect(await jobs(engine.host).list()).toMatchObject([{ key: 'nightly', state: 'running' }])
    const second = launch(`echo up; ${untilLetGo}`, options)
    const text = await read(second, letGo)
    expect(text.stdout).toBe('up\n')
    expect(await second).toMatchObject({
      kind: 'exit',
      exitCode: 7,
      gaps: [],
      job: { claim: 'adopted' },
      container: { removed: true },
    })
  })

  it('logs -f and wait go on, too', async () => {
    await start('--live-restore')
    await launch(`echo up; ${untilLetGo}`, { job: 'nightly', detach: true })
    const result = jobs(engine.host).wait('nightly')
    let text = ''
    for await (const { bytes } of jobs(engine.host).logs('nightly', { follow: true })) {
      text += String(bytes)
      await engine.restart('SIGKILL')
      letGo()
    }
    expect(text).toBe('up\n')
    expect(await result).toMatchObject({ exitCode: 7 })
    await jobs(engine.host).remove('nightly')
  })
})

it('a sweep that loses the Engine says so, and has listed what it removed', async () => {
  await start()
  const keys = Array.from({ length: 30 }, (_, index) => `old-${index}`)
  for (const job of keys) await launch('true', { job, detach: true })
  for (const key of keys) await jobs(engine.host).wait(key)
  const removed: string[] = []
  const sweep = async () => {
    for await (const { job } of jobs(engine.host).sweep({ older: 1, force: true })) {
      removed.push(job.key ?? '')
      if (removed.length === 1) await engine.kill('SIGKILL')
    }
  }
  await expect(sweep()).rejects.toMatchObject({
    kind: 'engine-unreachable',
    message: expect.stringContaining('the sweep was cut short'),
  })
  await engine.start()
  const left = (await jobs(engine.host).list()).map(({ key }) => key)
  expect(left.length).toBeGreaterThan(0)
  expect(left.filter(key => removed.includes(key ?? ''))).toEqual([])
  await sweep()
  expect(await jobs(engine.host).list()).toEqual([])
})

describe('without live-restore', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'an Engine that is restarted by %s takes the container along, and the failure says so',
    async signal => {
      await start()
      const job = launch(`echo up; ${untilLetGo}`)
      const text = await read(job, () => engine.restart(signal))
      expect(text.stdout).toBe('up\n')
      const outcome = await job
      expect(['exit', 'lost']).toContain(outcome.kind)
      expect(outcome.failure?.message).toMatch(/while the Engine was (away|being stopped)/)
    },
  )
})
