import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { engineRequest } from './request.ts'

const startupMs = 30_000

/** Debian's Podman as an Engine, with folders of its own. It takes these registries without TLS. */
export async function startPodman(
  insecure: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestPodman> {
  const podman = new TestPodman(insecure, env)
  await podman.start()
  return podman
}

export class TestPodman implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'holdfast-podman-'))
  readonly socket = join(this.directory, 'podman.sock')
  readonly host = `unix://${this.socket}`
  readonly #env: Readonly<Record<string, string>>
  #service: ChildProcess | undefined

  constructor(insecure: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#env = env
    const registries = insecure.map(location => `[[registry]]\nlocation = "${location}"\ninsecure = true\n`)
    writeFileSync(join(this.directory, 'registries.conf'), registries.join('\n'))
    // Its defaults ask for more than a container of ours may give.
    const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]'
    // runc starts containers in any layout of cgroups, crun does not.
    const engine = 'events_logger = "file"\nruntime = "runc"'
    writeFileSync(join(this.directory, 'containers.conf'), `[containers]\n${limits}\n[engine]\n${engine}\n`)
    writeFileSync(join(this.directory, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}')
  }

  async start(): Promise<void> {
    const path = (name: string) => join(this.directory, name)
    const own = ['--root', path('root'), '--runroot', path('run'), '--tmpdir', path('tmp')]
    this.#service = spawn('podman', [...own, 'system', 'service', '--time=0', this.host], {
      stdio: 'ignore',
      env: {
        ...process.env,
        ...this.#env,
        CONTAINERS_CONF: path('containers.conf'),
        CONTAINERS_REGISTRIES_CONF: path('registries.conf'),
        REGISTRY_AUTH_FILE: path('auth.json'),
      },
    })
    const deadline = Date.now() + startupMs
    while (!(await answers(this.socket))) {
      if (this.#service.exitCode !== null || Date.now() > deadline) throw new Error('podman did not start')
      await delay(20)
    }
  }

  /** Ends the service and starts it again; containers go on. */
  async restart(): Promise<void> {
    await this.#end()
    await this.start()
  }

  async #end(): Promise<void> {
    if (this.#service === undefined || this.#service.exitCode !== null) return
    const exited = once(this.#service, 'exit')
    this.#service.kill('SIGTERM')
    await exited
  }

  async stop(): Promise<void> {
    const { body } = await engineRequest(this.socket, 'GET', '/v1.41/containers/json?all=1')
    const containers: Array<{ Id: string }> = JSON.parse(body)
    for (const { Id } of containers)
      await engineRequest(this.socket, 'DELETE', `/v1.41/containers/${Id}?force=1`)
    await this.#end()
    // Podman leaves its storage mounted upon itself.
    spawnSync('umount', ['--recursive', '--quiet', join(this.directory, 'root/overlay')])
    rmSync(this.directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

async function answers(socket: string): Promise<boolean> {
  try {
    return (await engineRequest(socket, 'GET', '/_ping')).status === 200
  } catch {
    return false
  }
}
