import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { engineJson } from './support/request.ts'
import { startTrouble } from './support/trouble.ts'

const project = join(import.meta.dirname, '../..')
const execute = promisify(execFile)
const alice = { username: 'alice', password: 'sesame' }

/** Everything there is for what runs: its own root for the executable, its own folder for the module. */
const folder = mkdtempSync(join(tmpdir(), 'holdfast-alone-'))
let engine: TestEngine
let registry: TestRegistry

beforeAll(async () => {
  engine = await startEngine()
  registry = await startRegistry({ users: { alice: alice.password } })
  await importBusybox(engine.socket, 'busybox:live')
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
  rmSync(folder, { recursive: true })
})

describe('the executable in an empty, read-only root', () => {
  const root = join(folder, 'root')

  beforeAll(() => {
    execFileSync('npm', ['run', 'build:binary'], { cwd: project, stdio: 'pipe' })
    const binary = join(project, 'build/holdfast')
    for (const [library] of execFileSync('ldd', [binary], { encoding: 'utf8' }).matchAll(/\/\S+/g)) {
      mkdirSync(join(root, dirname(library)), { recursive: true })
      copyFileSync(library, join(root, library))
    }
    copyFileSync(binary, join(root, 'holdfast'))
    linkSync(engine.socket, join(root, 'docker.sock'))
  })

  /** The root is read-only, and has no /tmp, no /proc and no home. */
  const inside =
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec /usr/sbin/chroot "$0" /holdfast "$@"'

  async function holdfast(args: string[], env: Record<string, string> = {}): Promise<string> {
    const [command = '', ...rest] = args
    const words = [command, '--quiet', '--host', 'unix:///docker.sock', ...rest]
    const options = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env }, maxBuffer: 2 ** 27 }
    return (await execute('unshare', ['--mount', 'sh', '-c', inside, root, ...words], options)).stdout
  }

  runsAlone(holdfast)

  it('prints 64 MiB of output with a heap of 64 MB', async () => {
    const env = { NODE_OPTIONS: '--max-old-space-size=64' }
    const stdout = await holdfast(
      ['run', 'busybox:live', 'sh', '-c', 'yes $(printf %079d 0) | head -c 67108864'],
      env,
    )
    expect(stdout.length).toBe(2 ** 26)
  })
})

describe('the standalone module in an empty folder', () => {
  const own = join(folder, 'module')

  beforeAll(() => {
    mkdirSync(own)
    copyFileSync(join(project, 'dist/standalone/index.js'), join(own, 'holdfast.mjs'))
    const script = `
      import { connect, pull, run } from './holdfast.mjs'
      const [host, verb, image, ...command] = process.argv.slice(2)
      const engine = connect(host)
      if (verb === 'pull') await pull({ engine, image })
      else process.stdout.write((await run({ engine, image, command })).stdout)
      await engine.close()`
    writeFileSync(join(own, 'main.mjs'), script)
  })

  runsAlone(async (args, env = {}) => {
    return (await execute(process.execPath, ['main.mjs', engine.host, ...args], { cwd: own, env })).stdout
  })
})

/** What each form must do without anything beside it. */
function runsAlone(holdfast: (args: string[], env?: Record<string, string>) => Promise<string>): void {
  it('runs a job of a local image while its registry answers 500', async () => {
    await using trouble = await startTrouble('500')
    const image = `${trouble.address}/team/batch:1.4`
    await tag(engine.socket, 'busybox:live', image)
    expect(await holdfast(['run', image, 'echo', 'hi'])).toBe('hi\n')
    expect(trouble.requests).toEqual([])
    await remove(engine.socket, image)
  })

  it('pulls from a private registry with credentials from the environment', async () => {
    const image = `${registry.address}/team/batch:1.4`
    await tag(engine.socket, 'busybox:live', image)
    await push(engine.socket, image, alice)
    await remove(engine.socket, image)
    const auth = Buffer.from(`${alice.username}:${alice.password}`).toString('base64')
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.address]: { auth } } }) }
    await holdfast(['pull', image], env)
    const { RepoTags } = await engineJson<{ RepoTags: string[] }>(
      engine.socket,
      'GET',
      `/images/${image}/json`,
    )
    expect(RepoTags).toContain(image)
    await remove(engine.socket, image)
  })
}
