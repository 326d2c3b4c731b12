import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { engineRequest } from './request.ts'

const script = join(import.meta.dirname, '../../../scripts/engine.sh')
const startupMs = 30_000

export interface EngineOptions {
  flags?: string[]
  /** Ports can be published; without it containers have no network but `none`, `host` and created ones. */
  bridge?: boolean
  /** The size of the disk for images and containers. */
  diskMiB?: number
  /** Of the images: the graph driver's by default. Engine 20.10 has no other. */
  store?: 'graph' | 'containerd'
  /** "host", a suite or a folder, see scripts/engine.sh; HOLDFAST_TEST_ENGINE's by default. */
  root?: string
  /** Variables for dockerd beside those of this process. */
  env?: Readonly<Record<string, string>>
}

/** Starts this machine's dockerd, or the one named by HOLDFAST_TEST_ENGINE (a suite or a folder, see scripts/engine.sh). */
export async function startEngine(options: EngineOptions = {}): Promise<TestEngine> {
  const engine = new TestEngine(options)
  await engine.ready()
  return engine
}

export class TestEngine implements AsyncDisposable {
  readonly directory = join(tmpdir(), `holdfast-engine-${randomBytes(4).toString('hex')}`)
  readonly socket = join(this.directory, 'docker.sock')
  readonly host = `unix://${this.socket}`
  readonly #runner: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #gone: Promise<unknown>
  #complaints = ''
  #finalLog = ''
  #alive = true

  constructor({ flags = [], bridge = false, diskMiB, store, root, env = {} }: EngineOptions) {
    const network = bridge ? ['--bridge'] : []
    const disk = diskMiB === undefined ? [] : ['--disk', String(diskMiB)]
    const images = store === 'containerd' ? ['--containerd-store'] : []
    // Detached: Ctrl-C is for the tests. The end of its input, when they are gone, is the script's sign to clean up.
    this.#runner = spawn(
      script,
      ['run', ...network, ...disk, ...images, root ?? defaultRoot(), this.directory, ...flags],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        env: { ...process.env, ...env },
      },
    )
    this.#gone = once(this.#runner, 'close')
    this.#runner.stderr.setEncoding('utf8').on('data', words => {
      this.#complaints += words
    })
    this.#runner.on('exit', () => {
      this.#alive = false
    })
    createInterface(this.#runner.stdout).on('line', () => {
      this.#alive = false
      this.#runner.emit('dockerd-exit')
    })
  }

  /** Resolves when dockerd answers. */
  async ready(): Promise<void> {
    const deadline = Date.now() + startupMs
    while (!(await answers(this.socket))) {
      if (!this.#alive || Date.now() > deadline) {
        await this.stop()
        throw new Error(`dockerd did not start: ${this.#complaints}\n${this.log()}`)
      }
      await delay(20)
    }
  }

  log(): string {
    const file = join(this.directory, 'log')
    return existsSync(file) ? readFileSync(file, 'utf8') : this.#finalLog
  }

  /** Ends dockerd alone. Containers go on after SIGKILL, or with --live-restore; without that flag `start` ends them. */
  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const exited = once(this.#runner, 'dockerd-exit')
    this.#runner.stdin.write(`signal ${signal}\n`)
    await exited
  }

  /** Brings dockerd back after `kill`. */
  async start(): Promise<void> {
    this.#alive = true
    this.#runner.stdin.write('start\n')
    await this.ready()
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.kill(signal)
    await this.start()
  }

  async stop(): Promise<void> {
    this.#finalLog = this.log()
    this.#runner.stdin.end()
    await this.#gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

function defaultRoot(): string {
  return process.env.HOLDFAST_TEST_ENGINE || 'host'
}

async function answers(socket: string): Promise<boolean> {
  try {
    return (await engineRequest(socket, 'GET', '/_ping')).status === 200
  } catch {
    return false
  }
}
