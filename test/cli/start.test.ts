import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'

const root = join(import.meta.dirname, '../..')
const start = promisify(execFile)

/** Modules of Node that are slow to load, of which a run with a local image needs none. */
const slow = ['assert', 'child_process', 'crypto', 'fs/promises', 'http', 'http2', 'perf_hooks', 'tls']

describe.skipIf(!existsSync(join(root, 'dist')))('the built command', () => {
  test.each([
    ['check busybox:1', 'survives'],
    ['run busybox:1 true', ''],
  ])('%s loads none of the slow modules', async (argv, said) => {
    const { stdout, stderr } = await holdfast(argv, 'print-modules.cjs')
    expect(stdout).toContain(said)
    const loaded: string[] = JSON.parse(stderr)
    expect(loaded).toContain('net')
    expect(loaded.filter(name => slow.includes(name))).toEqual([])
  })

  test.each([
    ['run --help', ['main.cjs']],
    ['run busybox:1 true', ['main.cjs', 'run.cjs']],
    ['check busybox:1', ['main.cjs', 'rest.cjs', 'run.cjs']],
  ])('%s loads %j', async (argv, files) => {
    const { stderr } = await holdfast(argv, 'print-files.cjs')
    expect(JSON.parse(stderr)).toEqual(expect.arrayContaining(files))
    expect(JSON.parse(stderr)).toHaveLength(files.length + 1)
  })

  test('knows its own version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const { stdout } = await start(process.execPath, [join(root, 'bin/holdfast.js'), '--version'])
    expect(stdout).toBe(`holdfast ${version}\n`)
  })

  test('reports a config.json that can not be read, and goes on', async () => {
    const home = mkdtempSync(join(tmpdir(), 'holdfast-start-'))
    onTestFinished(() => rmSync(home, { recursive: true }))
    mkdirSync(join(home, '.docker'))
    writeFileSync(join(home, '.docker/config.json'), '{')
    const env = { HOME: home, PATH: process.env.PATH, XDG_RUNTIME_DIR: home }
    const { stderr } = await start(process.execPath, [join(root, 'bin/holdfast.js'), 'version'], {
      env,
    }).catch((error: { stderr: string }) => error)
    expect(stderr).toContain(`holdfast: warning: ${home}/.docker/config.json is not JSON`)
  })

  test('what is unread as it ends is there for its reader', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'] })
    const warnings = Array.from({ length: 3_000 }, (_, i) => `${i} ${'-'.repeat(300)}`)
    engine.on('create', exchange => exchange.answer(201, { Id: 'gone', Warnings: warnings }))
    const args = [join(root, 'bin/holdfast.js'), 'run', 'busybox:1']
    const child = spawn(process.execPath, args, { env: { DOCKER_HOST: engine.host } })
    const ended = once(child, 'exit')
    await engine.seen('remove')
    const lines = Buffer.concat(await child.stderr.toArray())
      .toString()
      .split('\n')
    expect(lines.slice(0, 3_000)).toEqual(warnings.map(text => `holdfast: warning: ${text}`))
    expect(await ended).toEqual([125, null])
  })

  test.each([
    ['check busybox:1', true],
    ['run busybox:1 true', false],
  ])('%s opens stdout when it writes to it: %s', async (argv, opened) => {
    const { stderr } = await holdfast(argv, 'print-stdout.cjs')
    expect(JSON.parse(stderr)).toBe(opened)
  })
})

/** The command, with that script required before, on an Engine that has the image; the job prints nothing. */
async function holdfast(argv: string, script: string) {
  await using engine = await FakeEngine.start({ images: ['busybox:1'] })
  const required = ['--require', join(root, 'test/support', script)]
  const args = [...required, join(root, 'bin/holdfast.js'), ...argv.split(' ')]
  return await start(process.execPath, args, { env: { DOCKER_HOST: engine.host } })
}
