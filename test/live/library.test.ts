import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connect, type JobChunk, type Line, RunError, type RunEvent, run } from '../../src/index.ts'
import { leftBehind } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry } from './support/registry.ts'

const image = 'busybox:live'

let engine: TestEngine
let connections: number

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
})

// Sockets, pipes and timers that keep this process alive.
function held(): number {
  return process.getActiveResourcesInfo().filter(name => /^(Pipe|TCP|TLS|Process|Timeout)/.test(name)).length
}

beforeEach(() => {
  connections = held()
})

afterEach(async () => {
  expect(await leftBehind(engine.socket)).toEqual([])
  await expect.poll(held, { interval: 20, timeout: 10_000 }).toBeLessThanOrEqual(connections)
})

function shell(script: string, options: object = {}) {
  return run({ engine: engine.host, image, command: ['sh', '-c', script], ...options })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

describe('a job', () => {
  it('has an outcome and events', async () => {
    const events: RunEvent[] = []
    const outcome = await shell('echo out; echo problem >&2; printf end', {
      onEvent: (event: RunEvent) => events.push(event),
    })
    expect(outcome).toMatchObject({
      kind: 'ok',
      exitCode: 0,
      signal: null,
      stdout: 'out\nend',
      stderr: 'problem\n',
      gaps: [],
      warnings: [],
      registry: { contacted: false },
      container: { removed: true },
      image: {
        reference: image,
        id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        platform: expect.stringMatching(/^linux\//),
      },
      failure: null,
    })
    expect(events.filter(({ type }) => type !== 'phase').map(({ type }) => type)).toEqual([
      'image',
      'created',
      'started',
      'exited',
      'removed',
    ])
    const spent = Object.values(outcome.phases).reduce((sum, ms) => sum + ms, 0)
    expect(spent).toBeLessThanOrEqual(outcome.duration)
  })

  it('gives its lines, in order per stream', async () => {
    const lines: Line[] = await collect(
      shell('for n in $(seq 1000); do echo "out $n"; echo "problem $n" >&2; done; printf last'),
    )
    const of = (stream: Line['stream']) =>
      lines.filter(line => line.stream === stream).map(({ text }) => text)
    const numbered = (word: string) => Array.from({ length: 1000 }, (_, at) => `${word} ${at + 1}`)
    expect(of('stdout')).toEqual([...numbered('out'), 'last'])
    expect(of('stderr')).toEqual(numbered('problem'))
  })

  it('gives its bytes', async () => {
    const chunks: JobChunk[] = await collect(shell('printf "\\377\\000"; printf "\\200"').chunks())
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes))).toEqual(Buffer.from([0xff, 0, 0x80]))
  })

  it('takes input', async () => {
    async function* input() {
      yield Buffer.from('one ')
      yield Buffer.from('two')
    }
    expect(await shell('cat', { stdin: input() })).toMatchObject({ stdout: 'one two' })
    expect(await shell('cat', { stdin: 'as text: ключ' })).toMatchObject({ stdout: 'as text: ключ' })
    expect(await shell('wc -c', { stdin: new Uint8Array(3_000_000) })).toMatchObject({ stdout: '3000000\n' })
  })

  it('that fails rejects with the fields of an outcome, and why', async () => {
    const error = await shell('echo out; exit 3').catch(error => error)
    expect(error).toBeInstanceOf(RunError)
    expect(error).toMatchObject({ kind: 'exit', exitCode: 3, stdout: 'out\n', container: { removed: true } })
    const lines: Line[] = []
    const reading = async () => {
      for await (const line of shell('echo out; exit 3')) lines.push(line)
    }
    await expect(reading()).rejects.toMatchObject({ kind: 'exit', exitCode: 3 })
    expect(lines).toEqual([{ stream: 'stdout', text: 'out' }])
  })

  it('that is aborted is asked to end, and is gone', async () => {
    const controller = new AbortController()
    const job = shell('trap "echo asked; exit 0" TERM; echo up; while :; do sleep 0.1; done', {
      signal: controller.signal,
    })
    const lines: string[] = []
    const reading = async () => {
      for await (const { text } of job) {
        lines.push(text)
        if (text === 'up') controller.abort(new Error('changed my mind'))
      }
    }
    const error = await reading().catch(error => error)
    expect(error).toMatchObject({ kind: 'cancelled', exitCode: 0, container: { removed: true } })
    expect(error.cause).toEqual(new Error('changed my mind'))
    expect(lines).toEqual(['up', 'asked'])
  })

  it('that is aborted and does not listen is killed when its grace is over', async () => {
    const controller = new AbortController()
    const job = shell('trap "" TERM; echo up; exec sleep 1000', {
      signal: controller.signal,
      stopGrace: 1000,
      reject: false,
    })
    for await (const { stream } of job.chunks()) if (stream === 'stdout') controller.abort()
    expect(await job).toMatchObject({ kind: 'cancelled', exitCode: 137, container: { removed: true } })
  })

  it('that takes too long is ended', async () => {
    const outcome = await shell('trap "exit 0" TERM; while :; do sleep 0.1; done', {
      timeout: 1500,
      reject: false,
    })
    expect(outcome).toMatchObject({ kind: 'timeout', container: { removed: true } })
  })

  it('that is killed by its reader ends once the rest of its output is read', async () => {
    const logless = { HostConfig: { LogConfig: { Type: 'none' } } }
    const events: string[] = []
    const onEvent = ({ type }: RunEvent) => events.push(type)
    const job = shell('exec yes', { container: logless, reject: false, onEvent })
    let killed = false
    for await (const _ of job.chunks({ reuse: true })) {
      if (killed) continue
      // Meanwhile all buffers on the way fill.
      await shell('true')
      await job.kill()
      killed = true
      expect(events).toContain('signal')
      expect(events).not.toContain('exited')
    }
    expect(await job).toMatchObject({ kind: 'exit', exitCode: 137, gaps: [], container: { removed: true } })
  })

  it('that is read late waits, and is complete in the end', async () => {
    let bytes = 0
    let rests = 0
    // Numbers: the log of output that repeats itself would be read from its start.
    for await (const chunk of shell(`seq 2000000 | head -c ${8 * 2 ** 20}`).chunks()) {
      bytes += chunk.bytes.length
      if (bytes < (rests + 1) * 2 ** 21) continue
      rests++
      await shell('true')
    }
    expect(bytes).toBe(8 * 2 ** 20)
    expect(rests).toBeGreaterThanOrEqual(3)
  })
})

describe('an Engine that is shared', () => {
  it('serves one run after the other, and two at once, and stays open until it is closed', async () => {
    const shared = connect(engine.host)
    const echo = (word: string) => run({ engine: shared, image, command: ['echo', word] })
    expect(await echo('first')).toMatchObject({ stdout: 'first\n' })
    const both = await Promise.all([echo('second'), echo('third')])
    expect(both.map(({ stdout }) => stdout)).toEqual(['second\n', 'third\n'])
    await shared.close()
    await expect(echo('fourth')).rejects.toThrow(/closed/)
  })

  it('serves twenty runs at once, and gives each its own', async () => {
    await using shared = connect(engine.host)
    const numbers = Array.from({ length: 20 }, (_, at) => at)
    const outcomes = await Promise.all(
      numbers.map(number =>
        run({
          engine: shared,
          image,
          command: ['sh', '-c', `read line; echo "$line"; printf ${number} >&2; exit ${number}`],
          stdin: `line ${number}\n`,
          reject: false,
        }),
      ),
    )
    expect(outcomes.map(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr }))).toEqual(
      numbers.map(number => ({ exitCode: number, stdout: `line ${number}\n`, stderr: `${number}` })),
    )
  })
})

it('no error shows a password, however it is looked at', async () => {
  const password = 'open>>>sesame???'
  await using registry = await startRegistry({ users: { alice: 'another' } })
  await using open = await startRegistry()
  await tag(engine.socket, image, `${open.address}/team/batch:1.4`)
  await push(engine.socket, `${open.address}/team/batch:1.4`)
  await remove(engine.socket, `${open.address}/team/batch:1.4`)
  const events: RunEvent[] = []
  const error: unknown = await run({
    engine: engine.host,
    image: `${registry.address}/team/batch:1.4`,
    credentials: { username: 'alice', password },
    onEvent: event => events.push(event),
  }).catch(error => error)
  if (!(error instanceof RunError)) throw error
  expect(error).toMatchObject({
    kind: 'registry-denied',
    registry: { contacted: true, credentials: 'explicit' },
  })
  const base64 = Buffer.from(`alice:${password}`).toString('base64')
  const views = [
    inspect(error, { depth: null, showHidden: true, getters: true }),
    JSON.stringify(error),
    String(error.stack),
    JSON.stringify(events),
  ]
  for (const view of views) {
    expect(view).not.toContain(password)
    expect(view).not.toContain(base64)
  }
})
