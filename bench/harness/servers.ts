import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../test/live/support/engine.ts'
import { importBusybox } from '../../test/live/support/images.ts'
import { copyImage, TestSwarm } from '../../test/live/support/swarm.ts'
import { has } from './at-hand.ts'
import { atEnd } from './ending.ts'
import type { Server } from './workload.ts'

/** The image that all jobs run. */
export const busybox = 'busybox:bench'

/** MiB in memory that an Engine may fill, where there is enough: otherwise the disk would be measured. */
const diskMiB = 8192

export const engineDisk = freemem() > 2 * diskMiB * 2 ** 20 ? 'in memory' : 'on disk'

/** Why a real Engine cannot be started on this machine. */
const engineLacks = whatEngineLacks()

const stubScript = join(import.meta.dirname, '../stub/engine.mjs')

/** The servers that contenders speak to, each started when it is first needed. */
export class Servers implements AsyncDisposable {
  readonly #scratch: string
  readonly #engines = new Map<Server, Promise<Opened>>()
  #stub: ChildProcess | undefined

  constructor(scratch: string) {
    this.#scratch = scratch
  }

  /** The server's socket; rejects with the reason where there can be none. The stub is a new one each time. */
  async socket(kind: Server): Promise<string> {
    if (kind === 'stub') return this.#startStub()
    if (engineLacks !== undefined) throw new Error(engineLacks)
    const engine = this.#engines.get(kind) ?? (kind === 'swarm' ? openSwarm() : openEngine(kind))
    this.#engines.set(kind, engine)
    return (await engine).socket
  }

  async #startStub(): Promise<string> {
    await this.#stopStub()
    const socket = join(this.#scratch, 'stub.sock')
    rmSync(socket, { force: true })
    const stub = spawn(process.execPath, [stubScript, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#stub = stub
    stub.once(
      'exit',
      atEnd(() => stub.kill('SIGKILL')),
    )
    await once(stub.stdout, 'data')
    return socket
  }

  async #stopStub(): Promise<void> {
    if (this.#stub === undefined || this.#stub.exitCode !== null) return
    const gone = once(this.#stub, 'exit')
    this.#stub.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopStub()
    for (const engine of this.#engines.values()) {
      await engine.then(
        engine => engine.stop(),
        () => undefined,
      )
    }
  }
}

interface Opened {
  socket: string
  stop(): Promise<void>
}

/** Its first manager. */
async function openSwarm(): Promise<Opened> {
  const swarm = await TestSwarm.start()
  const socket = swarm.socket(1)
  await importBusybox(socket, busybox)
  for (const other of [2, 3]) await copyImage(socket, busybox, swarm.socket(other))
  return { socket, stop: () => swarm.stop() }
}

async function openEngine(kind: Server): Promise<Opened> {
  const engine = await startEngine({
    bridge: true,
    flags: kind === 'engine-no-logs' ? ['--log-driver', 'none'] : [],
    ...(engineDisk === 'in memory' && { diskMiB }),
  })
  await importBusybox(engine.socket, busybox)
  return engine
}

function whatEngineLacks(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a real Engine is started by root, on Linux'
  if (!process.env.HOLDFAST_TEST_ENGINE && !has('dockerd')) return 'no dockerd (apt-get install docker.io)'
  if (!has('busybox')) return 'no busybox (apt-get install busybox-static)'
  return existsSync('/sys/fs/cgroup') ? undefined : 'no cgroups'
}
