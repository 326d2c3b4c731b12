import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { run } from '../../src/run/run.ts'
import type { Program } from '../support/fake-container.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')
const execute = promisify(execFile)

const print: Program = async self => self.out('hi\n')

describe.skipIf(!existsSync(dist))('where little is allowed', () => {
  test('a heap of 64 MB is enough for a job', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'], program: print })
    const { stdout } = await command(engine, ['--max-old-space-size=64'])
    expect(stdout).toBe('hi\n')
  })

  test('a worker thread runs a job and ends by itself', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'], program: print })
    const worker = new Worker(job(join(dist, 'index.js'), engine), { eval: true, stdout: true, env: {} })
    const ended = new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))
    expect(await ended).toBe(0)
    expect(String(worker.stdout.read())).toBe('hi\n')
  })

  test('two copies in one process understand each other: the engine of one, the run of the other', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'], program: print })
    const [one, other] = await Promise.all([
      import(join(dist, 'index.js')),
      import(join(dist, 'standalone/index.js')),
    ])
    expect(one.run).not.toBe(other.run)
    await using connected = one.connect(engine.host)
    const { stdout } = await other.run({ engine: connected, image: 'busybox:1' })
    expect(stdout).toBe('hi\n')
    const missing = await other.run({ engine: connected, image: 'absent:1', pull: 'never', reject: false })
    expect(missing.kind).toBe('image-missing')
  })
})

test('a signal that is not an AbortSignal of this realm cancels a run', async () => {
  await using engine = await FakeEngine.start({
    images: ['busybox:1'],
    program: () => new Promise(() => undefined),
  })
  const signal = new ForeignSignal()
  const job = run({ engine: engine.host, image: 'busybox:1', signal: signal as AbortSignal, reject: false })
  const ended = job.then(outcome => outcome)
  await engine.seen('start')
  signal.abort()
  expect((await ended).kind).toBe('cancelled')
})

/** What a polyfill or jsdom has for a signal: the same members, another class. */
class ForeignSignal extends EventTarget implements AbortSignal {
  aborted = false
  reason: unknown
  onabort = null

  abort(): void {
    this.aborted = true
    this.reason = new Error('enough')
    this.dispatchEvent(new Event('abort'))
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }
}

function command(engine: FakeEngine, options: readonly string[]) {
  const args = [...options, join(root, 'bin/holdfast.js'), 'run', 'busybox:1']
  return execute(process.execPath, args, { env: { DOCKER_HOST: engine.host } })
}

/** A script that runs a job by that module and prints its output. */
function job(module: string, engine: FakeEngine): string {
  return `import(${JSON.stringify(module)}).then(async ({ connect, run }) => {
    const engine = connect(${JSON.stringify(engine.host)})
    process.stdout.write((await run({ engine, image: 'busybox:1' })).stdout)
    await engine.close()
  })`
}
