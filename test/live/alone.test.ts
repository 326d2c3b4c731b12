import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
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
  const root = join(folder, 'executable')

  beforeAll(() => {
    execFileSync('npm', ['run', 'build:binary'], { cwd: project, stdio: 'pipe' })
    makeRoot(root, { '/holdfast': join(project, 'build/holdfast') })
  })

  const holdfast = inRoot(root, ['/holdfast'])

  runsAlone(holdfast)

  it('has its SBOM beside it, with its hash and Node', () => {
    const binary = join(project, 'build/holdfast')
    const { metadata, components } = JSON.parse(readFileSync(`${binary}.cdx.json`, 'utf8'))
    const content = createHash('sha256').update(readFileSync(binary)).digest('hex')
    expect(metadata.component.components).toMatchObject([{ hashes: [{ alg: 'SHA-256', content }] }])
    const names = components.map(({ name }: { name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['undici', 'split2', 'tar-stream', 'node']))
  })

  it('is not much larger than Node', () => {
    const [own, node] = [join(root, 'holdfast'), process.execPath].map(file => statSync(file).size)
    expect(Number(own) - Number(node)).toBeLessThan(5_000_000)
  })

  it('prints 64 MiB of output with a heap of 64 MB', async () => {
    const env = { NODE_OPTIONS: '--max-old-space-size=64' }
    const stdout = await holdfast(
      ['run', 'busybox:live', 'sh', '-c', 'yes $(printf %079d 0) | head -c 67108864'],
      env,
    )
    expect(stdout.length).toBe(2 ** 26)
  })
})

describe('the package in an empty, read-only root with Node', () => {
  const root = join(folder, 'package')

  beforeAll(() => {
    makeRoot(root, {
      '/node': process.execPath,
      '/bin/holdfast.js': join(project, 'bin/holdfast.js'),
      ...Object.fromEntries(
        ['main.cjs', 'run.cjs', 'rest.cjs'].map(file => [
          `/dist/cli/${file}`,
          join(project, 'dist/cli', file),
        ]),
      ),
    })
  })

  runsAlone(inRoot(root, ['/node', '--', '/bin/holdfast.js']))
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

/** A root with these files, the libraries of the first one, the Engine's socket, and nothing else: no /tmp, /proc, /etc or home. */
function makeRoot(root: string, files: Record<string, string>): void {
  const [program = ''] = Object.values(files)
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/\/\S+/g)
  const all = { ...files, ...Object.fromEntries(Array.from(libraries, ([file]) => [file, file])) }
  for (const [inside, outside] of Object.entries(all)) {
    mkdirSync(join(root, dirname(inside)), { recursive: true })
    copyFileSync(outside, join(root, inside))
  }
  linkSync(engine.socket, join(root, 'docker.sock'))
}

/** Runs the command in such a root, which it can't write to. */
function inRoot(root: string, program: readonly string[]) {
  const inside = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec /usr/sbin/chroot "$0" "$@"'
  return async ([command = '', ...rest]: string[], env: Record<string, string> = {}): Promise<string> => {
    const words = [...program, command, '--quiet', '--host', 'unix:///docker.sock', ...rest]
    const options = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env }, maxBuffer: 2 ** 27 }
    return (await execute('unshare', ['--mount', 'sh', '-c', inside, root, ...words], options)).stdout
  }
}

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
