import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { engineJson, engineRequest } from './request.ts'

const script = join(import.meta.dirname, '../../../scripts/swarm.sh')
/** Milliseconds that a node may take to be as it is waited for. */
const patience = 60_000

export interface ServiceSummary {
  ID: string
  Spec: { Name: string; Labels: Record<string, string> }
}

interface SwarmNode {
  ID: string
  Version: { Index: number }
  Spec: object
  Description: { Hostname: string }
  Status: { State: string }
  ManagerStatus?: { Leader?: boolean }
}

/** Three nodes of scripts/swarm.sh: the first two are managers. */
export class TestSwarm implements AsyncDisposable {
  readonly directory = join(tmpdir(), `holdfast-swarm-${randomBytes(4).toString('hex')}`)
  readonly #runner: ChildProcessByStdio<Writable, Readable, Readable>
  /** Managers that have lost their leadership: where one leads again, Swarm starts each task twice. */
  readonly #deposed = new Set<number>()
  #complaints = ''

  private constructor() {
    const root = process.env.HOLDFAST_TEST_ENGINE || 'host'
    // The bridges of all such Swarms are in this network.
    const flags = ['--insecure-registry', '10.214.0.0/16']
    this.#runner = spawn(script, ['run', '--managers', '2', root, this.directory, ...flags], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#runner.stderr.setEncoding('utf8').on('data', words => {
      this.#complaints += words
    })
  }

  static async start(): Promise<TestSwarm> {
    const swarm = new TestSwarm()
    const joined = once(swarm.#runner.stdout, 'data').then(() => true)
    const ended = once(swarm.#runner, 'exit').then(() => false)
    if (await Promise.race([joined, ended])) return swarm
    throw new Error(`no Swarm started: ${swarm.#complaints}`)
  }

  /** @param node 1 to 3. */
  socket(node: number): string {
    return join(this.directory, `${node}.sock`)
  }

  host(node: number): string {
    return `unix://${this.socket(node)}`
  }

  /** This machine, as the nodes reach it. */
  get address(): string {
    return readFileSync(join(this.directory, 'address'), 'utf8').trim()
  }

  /** Ends the dockerd of a node; resolves when its process has ended. */
  async kill(node: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const leader = isManager(node) ? await this.leader(3 - node) : undefined
    const before = this.#exits(node)
    this.signal(node, signal)
    await until(async () => this.#exits(node) > before)
    this.#deposed.delete(node)
    // The other manager alone is too few to lead.
    if (leader !== undefined && leader !== node) this.#deposed.add(leader)
  }

  signal(node: number, name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#runner.stdin.write(`${node} signal ${name}\n`)
  }

  /** The manager that leads, as another one says; undefined while that can't say. */
  async leader(asked = 1): Promise<number | undefined> {
    const nodes = await this.#nodes(asked)
    const leader = nodes.find(({ ManagerStatus }) => ManagerStatus?.Leader === true)
    return leader && Number(leader.Description.Hostname.slice('node-'.length))
  }

  #exits(node: number): number {
    const log = readFileSync(join(this.directory, `${basename(this.directory)}-${node}`, 'log'), 'utf8')
    return log.match(/^exited \d+$/gm)?.length ?? 0
  }

  /** Brings it back; resolves when the Swarm sees it again. */
  async start(node: number): Promise<void> {
    this.#runner.stdin.write(`${node} start\n`)
    await until(() => answers(this.socket(node)))
    await until(async () => (await this.#states()).get(`node-${node}`) === 'ready')
    const leader = isManager(node) ? await this.leader() : undefined
    if (leader === undefined || !this.#deposed.has(leader)) return
    await this.kill(leader, 'SIGTERM')
    await this.start(leader)
  }

  async #states(): Promise<Map<string, string>> {
    const nodes = await this.#nodes(1)
    return new Map(nodes.map(({ Description, Status }) => [Description.Hostname, Status.State]))
  }

  /** None where that manager can't say. */
  async #nodes(asked: number): Promise<SwarmNode[]> {
    const { status, body } = await engineRequest(this.socket(asked), 'GET', '/nodes')
    return status === 200 ? JSON.parse(body) : []
  }

  /** Changes a node's role or availability, by way of a manager. */
  async updateNode(asked: number, node: number, change: object): Promise<void> {
    const found = (await this.#nodes(asked)).find(each => each.Description.Hostname === `node-${node}`)
    if (found === undefined) throw new Error(`the Swarm has no node-${node}`)
    const { ID, Version, Spec } = found
    await engineJson(this.socket(asked), 'POST', `/nodes/${ID}/update?version=${Version.Index}`, {
      ...Spec,
      ...change,
    })
  }

  services(): Promise<ServiceSummary[]> {
    return engineJson(this.socket(1), 'GET', '/services')
  }

  async stop(): Promise<void> {
    const exited = once(this.#runner, 'exit')
    this.#runner.stdin.end()
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

function isManager(node: number): boolean {
  return node <= 2
}

async function answers(socket: string): Promise<boolean> {
  try {
    return (await engineRequest(socket, 'GET', '/_ping')).status === 200
  } catch {
    return false
  }
}

/** Looks again until it is so. */
export async function until(is: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patience; !(await is()); await delay(50))
    if (Date.now() > deadline) throw new Error('the Swarm did not become what it was waited for')
}

/** Takes an image from one Engine to another, its id unchanged. */
export async function copyImage(from: string, image: string, to: string): Promise<void> {
  const save = request({ socketPath: from, path: `/images/${image}/get`, agent: false }).end()
  const [saved] = await once(save, 'response')
  const headers = { 'content-type': 'application/x-tar' }
  const load = request({
    socketPath: to,
    method: 'POST',
    path: '/images/load?quiet=1',
    headers,
    agent: false,
  })
  const loaded = once(load, 'response')
  await pipeline(saved, load)
  const [response] = await loaded
  if (response.statusCode !== 200) throw new Error(`the image was not loaded: ${response.statusCode}`)
  response.resume()
  await once(response, 'end')
}
