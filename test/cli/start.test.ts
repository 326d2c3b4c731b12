import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
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
