import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Program } from '../support/fake-container.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')
const execute = promisify(execFile)

const print: Program = async self => self.out('hi\n')

/** From Node 26 on the network is among what has to be granted. */
const network = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []
const permission = ['--permission', ...network]
const command = ['bin/holdfast.js', 'dist/cli'].map(path => join(root, path))
const reading = (...paths: string[]) => paths.map(path => `--allow-fs-read=${path}`)

function temporary(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-permission-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'env'), 'A=1\n')
  writeFileSync(join(folder, 'container.json'), '{}')
  return folder
}

// What docs/runtimes.md grants for each use.
describe.skipIf(!existsSync(dist))("under Node's permission model", () => {
  test('the library runs a job with leave to read its module and nothing else', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'], program: print })
    const module = join(dist, 'standalone/index.js')
    const script = `import(${JSON.stringify(module)}).then(async ({ connect, run }) => {
      const engine = connect(${JSON.stringify(engine.host)})
      process.stdout.write((await run({ engine, image: 'busybox:1' })).stdout)
      await engine.close()
    })`
    const args = [...permission, ...reading(module), '--eval', script]
    const { stdout } = await execute(process.execPath, args, { env: {} })
    expect(stdout).toBe('hi\n')
  })

  test.each<[string, (folder: string) => { flags?: string[]; grants?: string[] }]>([
    ['its own files', () => ({})],
    [
      'the files of --env-file and --container-json',
      folder => {
        const [env, json] = [join(folder, 'env'), join(folder, 'container.json')]
        return { flags: ['--env-file', env, '--container-json', json], grants: reading(env, json) }
      },
    ],
    [
      'the files of --outcome and --audit, which it may write',
      folder => {
        const files = ['outcome', 'audit'].map(name => [`--${name}`, join(folder, name)])
        const grants = files.flatMap(([, file = '']) => [...reading(file), `--allow-fs-write=${file}`])
        return { flags: files.flat(), grants }
      },
    ],
    [
      'the directory of what is copied in',
      folder => ({
        flags: ['--copy-in', `${folder}/env:/in`],
        grants: reading(folder),
      }),
    ],
  ])('the command runs a job with leave to read %s', async (_, use) => {
    const folder = temporary()
    await using engine = await FakeEngine.start({
      images: ['busybox:1'],
      program: print,
      paths: { '/': { kind: 'directory' } },
    })
    const { flags = [], grants = [] } = use(folder)
    const args = [
      ...permission,
      ...reading(...command),
      ...grants,
      '--',
      ...command.slice(0, 1),
      'run',
      '--quiet',
    ]
    const env = { DOCKER_HOST: engine.host }
    const { stdout, stderr } = await execute(process.execPath, [...args, ...flags, 'busybox:1'], { env })
    expect(stdout).toBe('hi\n')
    // Node 26 warns that --allow-net is experimental.
    expect(stderr).not.toContain('holdfast')
  })

  test.each<[string, string[], object]>([
    ['the configuration of docker login', [], { auths: { 'reg.example': { auth: btoa('alice:sesame') } } }],
    ['the same, and to start a helper', ['--allow-child-process'], { credsStore: 'permission' }],
  ])('the command pulls with leave to read %s', async (_, grants, config) => {
    const folder = temporary()
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    const helper = join(folder, 'docker-credential-permission')
    writeFileSync(helper, `#!/bin/sh\necho '{"Username":"alice","Secret":"sesame"}'\n`)
    chmodSync(helper, 0o755)
    await using engine = await FakeEngine.start({ registry: ['reg.example/app:1'] })
    const args = [...permission, ...reading(...command, folder), ...grants, '--', ...command.slice(0, 1)]
    const env = { DOCKER_HOST: engine.host, DOCKER_CONFIG: folder, PATH: `${folder}:/usr/bin:/bin` }
    await execute(process.execPath, [...args, 'pull', '--quiet', 'reg.example/app:1'], { env })
    const header = String((await engine.seen('pull')).headers['x-registry-auth'])
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ password: 'sesame' })
  })

  test.skipIf(network.length === 0)('the command says that the network is missing', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'] })
    const args = ['--permission', ...reading(...command), '--', ...command.slice(0, 1), 'run', 'busybox:1']
    const running = execute(process.execPath, args, { env: { DOCKER_HOST: engine.host } })
    await expect(running).rejects.toMatchObject({
      code: 125,
      stderr: expect.stringContaining('the network was not granted'),
    })
  })
})
