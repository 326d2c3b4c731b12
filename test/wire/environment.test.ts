import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'
import { environment } from './outside.ts'

const root = join(import.meta.dirname, '../..')
const bin = join(root, 'bin/holdfast.js')
const preload = join(root, 'test/support/print-environment.cjs')

/** The environment variables that a script looks at. */
async function lookedAt(args: readonly string[], env: Record<string, string>): Promise<string[]> {
  const child = spawn(process.execPath, ['--require', preload, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const [names] = await Promise.all([
    text(child.stdio[3] as NodeJS.ReadableStream & AsyncIterable<string>),
    once(child, 'close'),
  ])
  return JSON.parse(names)
}

describe.skipIf(!existsSync(join(root, 'dist')))(
  'the built command looks at listed environment variables only',
  () => {
    test.each([
      ['whose image is local', ['run', 'busybox:1', 'true'], []],
      ['that pulls', ['run', 'gone:1', 'true'], ['DOCKER_AUTH_CONFIG']],
      ['with progress, forced', ['pull', '--progress', 'plain', 'gone:1'], ['DOCKER_AUTH_CONFIG']],
    ])('in a run %s', async (_, argv, atLeast) => {
      await using engine = await FakeEngine.start({ images: ['busybox:1'] })
      const env = { DOCKER_HOST: engine.host, HOME: '/nonexistent', LANG: 'C.UTF-8' }
      const own = await lookedAt(['--eval', ''], env)
      const looked = (await lookedAt([bin, ...argv], env)).filter(name => !own.includes(name))
      expect(looked).toEqual(expect.arrayContaining(['DOCKER_HOST', ...atLeast]))
      const listed = Object.keys(environment).flatMap(names => names.split(', '))
      expect(looked.filter(name => !listed.includes(name))).toEqual([])
      if (atLeast.length === 0) expect(looked).not.toContain('DOCKER_AUTH_CONFIG')
    })
  },
)
