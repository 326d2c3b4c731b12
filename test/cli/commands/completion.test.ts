import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ByteServer, json, ping } from '../../support/byte-server.ts'
import { said } from '../said.ts'

const root = join(import.meta.dirname, '../../..')
const start = promisify(execFile)

test.each(['bash', 'zsh', 'fish'])('the script for %s asks the command', async shell => {
  const { status, stdout, stderr } = await said('completion', shell)
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/holdfast completion query/)
  expect(stdout).not.toMatch(/undefined/)
})

test.each([[['completion']], [['completion', 'csh']], [['completion', 'bash', 'x']]])(
  '%j is refused',
  async argv => {
    const { status, stderr } = await said(...argv)
    expect(stderr).toMatch(/^holdfast: usage: .*shell.*\nholdfast: .*\n$/)
    expect(status).toBe(125)
  },
)

describe.skipIf(!existsSync(join(root, 'dist')))('bash completes with the built command', () => {
  test.each([
    ['holdfast ru', ['run']],
    ['holdfast run --pull=a', ['--pull=always']],
    ['holdfast run --pull ref', ['refresh']],
    ['holdfast run busyb', ['busybox:1']],
    ['holdfast run --container-json tsconfig.b', ['tsconfig.build.json']],
  ])('%s', async (line, candidates) => {
    const images = [['busybox:1'], null, ['<none>:<none>']].map(RepoTags => ({ Id: 'sha256:1', RepoTags }))
    await using engine = await ByteServer.start([ping, { on: /images\/json/, steps: [json(200, images)] }])
    const words = line.split(' ')
    // As bash calls it: the words, and which of them is completed.
    const script = `
      holdfast() { node -- bin/holdfast.js "$@"; }
      compopt() { :; }
      source <(holdfast completion bash)
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _holdfast
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = await start('bash', ['-c', script, 'bash', ...words], {
      cwd: root,
      env: { PATH: process.env.PATH, DOCKER_HOST: engine.address },
    })
    expect(stdout.trimEnd().split('\n')).toEqual(candidates)
  })
})
