import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EngineOptions, startEngine } from '../../test/live/support/engine.ts'
import { startPodman } from '../../test/live/support/podman.ts'

const { HOLDFAST_TRIXIE: trixie = 'trixie', HOLDFAST_FORKY: forky = 'forky' } = process.env
const diskMiB = 24

interface Started extends AsyncDisposable {
  host: string
}

/** An Engine to capture, by the name that it has in the table. */
export interface CapturedEngine {
  name: string
  /** `insecure` are the registries that it shall take without TLS, if it must be told. */
  start(insecure: readonly string[], proxy?: string): Promise<Started>
  startWithSmallDisk(insecure: readonly string[]): Promise<Started>
}

export const engines: CapturedEngine[] = [
  docker('20.10', { root: 'host' }),
  docker('26.1', { root: trixie }),
  docker('26.1 containerd', { root: trixie, store: 'containerd' }),
  docker('28.5', { root: forky }),
  docker('28.5 containerd', { root: forky, store: 'containerd' }),
  {
    name: 'podman 4.3',
    start: (insecure, proxy) => startPodman(insecure, proxyVariables(proxy)),
    startWithSmallDisk: startSmallPodman,
  },
]

function docker(name: string, options: EngineOptions): CapturedEngine {
  // Or what hangs keeps the others from trying.
  const flags = ['--max-concurrent-downloads', '100']
  return {
    name,
    start: (_, proxy) => startEngine({ ...options, flags, env: proxyVariables(proxy) }),
    startWithSmallDisk: () => startEngine({ ...options, flags, diskMiB }),
  }
}

function proxyVariables(proxy: string | undefined): Record<string, string> {
  return proxy === undefined ? {} : { HTTPS_PROXY: `http://${proxy}`, HTTP_PROXY: `http://${proxy}` }
}

async function startSmallPodman(insecure: readonly string[]): Promise<Started> {
  await using stack = new AsyncDisposableStack()
  // A short name: Podman takes no more than 50 characters for its folder.
  const disk = mkdtempSync(join(tmpdir(), 'hf-disk-'))
  stack.defer(() => rmdirSync(disk))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'tmpfs', disk])
  stack.defer(() => void execFileSync('umount', ['--recursive', disk]))
  const { TMPDIR } = process.env
  stack.defer(() => setTmpdir(TMPDIR))
  setTmpdir(disk)
  const podman = stack.use(await startPodman(insecure))
  setTmpdir(TMPDIR)
  const owned = stack.move()
  return { host: podman.host, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function setTmpdir(folder: string | undefined): void {
  if (folder === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = folder
}
