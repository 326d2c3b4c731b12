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
    await using engine = await FakeEngine.start({ images: ['busybox:1'] })
    const { stdout, stderr } = await start(
      process.execPath,
      [
        '--require',
        join(root, 'test/support/print-modules.cjs'),
        join(root, 'bin/holdfast.js'),
        ...argv.split(' '),
      ],
      { env: { DOCKER_HOST: engine.host } },
    )
    expect(stdout).toContain(said)
    const loaded: string[] = JSON.parse(stderr)
    expect(loaded).toContain('net')
    expect(loaded.filter(name => slow.includes(name))).toEqual([])
  })
})
