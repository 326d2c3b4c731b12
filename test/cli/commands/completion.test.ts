import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
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

test('the images are those of the Engine that the line names', async () => {
  await using engine = await ByteServer.start(listing)
  const directory = withCommand()
  const argv = ['completion', 'query', 'run', '-i', `--host=${engine.address}`, '--pull', 'never', 'busyb']
  const { stdout } = await start(join(directory, 'holdfast'), argv, {
    env: { PATH: process.env.PATH, HOME: directory, DOCKER_HOST: 'unix:///none/such.sock' },
  })
  expect(stdout).toBe('busybox:1\n')
})

test('the jobs are those of the Engine: by their keys, else by their containers', async () => {
  const job = (Id: string, Labels: Record<string, string>) => ({
    ...{ Id, Names: [`/${Id}`], Image: 'x', State: 'exited', Status: 'Exited (0)', Created: 1 },
    Labels: { 'dev.holdfast.run': 'id', ...Labels },
  })
  const list = [job('c'.repeat(64), { 'dev.holdfast.job': 'nightly' }), job('d'.repeat(64), {})]
  const noSwarm = json(404, { message: 'page not found' })
  await using engine = await ByteServer.start([
    ping,
    { on: /containers\/json/, steps: [json(200, list)] },
    { on: /services/, steps: [noSwarm] },
  ])
  const directory = withCommand()
  const { stdout } = await start(join(directory, 'holdfast'), ['completion', 'query', 'logs', ''], {
    env: { PATH: process.env.PATH, HOME: directory, DOCKER_HOST: engine.address },
  })
  expect(stdout).toBe(`nightly\n${'d'.repeat(12)}\n`)
})

/** What a shell has; its tests run where it is installed. */
const installed = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0
const canRun = (shell: string) => existsSync(join(root, 'dist')) && installed(shell)
/** A directory with a command `holdfast`, for a shell that finds it in PATH. */
const withCommand = () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-shell-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin/holdfast.js')}" "$@"\n`
  writeFileSync(join(directory, 'holdfast'), command, { mode: 0o755 })
  return directory
}
const lines: [line: string, candidates: string[]][] = [
  ['holdfast ru', ['run']],
  ['holdfast run --pull=a', ['--pull=always']],
  ['holdfast run --pull ref', ['refresh']],
  ['holdfast run busyb', ['busybox:1']],
  ['holdfast run --container-json tsconfig.b', ['tsconfig.build.json']],
]
const listing = [
  ping,
  { on: /images\/json/, steps: [json(200, [{ Id: 'sha256:1', RepoTags: ['busybox:1'] }])] },
]

describe.skipIf(!canRun('fish'))('fish completes with the built command', () => {
  test.each(lines)('%s', async (line, candidates) => {
    await using engine = await ByteServer.start(listing)
    const directory = withCommand()
    const script = 'holdfast completion fish | source; complete --do-complete $argv[1]'
    const { stdout } = await start('fish', ['--no-config', '-c', script, line], {
      cwd: root,
      env: {
        PATH: `${directory}:${process.env.PATH}`,
        HOME: directory,
        DOCKER_HOST: engine.address,
      },
    })
    expect(stdout.trimEnd().split('\n')).toEqual(candidates)
  })
})

// One shell for all lines: its completion takes seconds to load.
test.skipIf(!canRun('zsh'))(
  'zsh completes with the built command',
  async () => {
    await using engine = await ByteServer.start(listing)
    const directory = withCommand()
    // A zsh with a terminal of its own: Tab is pressed behind each line, and the line that it then has is printed.
    const script = `
    zmodload zsh/zpty zsh/zselect
    zpty shell zsh -f -i
    say() { zpty -w shell "$1" }
    say 'PS1=; autoload -Uz compinit; compinit -u -d $HOME/dump; source <(holdfast completion zsh)'
    say 'show() { print -r -- "<<$BUFFER>>" >$HOME/line; print; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show'
    say 'print READY$((1))'
    while zpty -r shell text && [[ $text != *READY1* ]]; do :; done
    for line; do
      zpty -w -n shell "$line"$'\\t\\x18'
      while [[ ! -s $HOME/line ]]; do zpty -r -t shell text || zselect -t 5; done
      cat $HOME/line
      rm $HOME/line
    done
    zpty -d shell`
    const { stdout } = await start('zsh', ['-f', '-c', script, 'zsh', ...lines.map(([line]) => line)], {
      cwd: root,
      env: {
        PATH: `${directory}:${process.env.PATH}`,
        HOME: directory,
        DOCKER_HOST: engine.address,
        TERM: 'dumb',
      },
      timeout: 30_000,
    })
    const completed = Array.from(stdout.matchAll(/<<(.*)>>/g), ([, line = '']) => line.trimEnd())
    expect(completed).toEqual(lines.map(([line, [candidate = '']]) => line.replace(/\S*$/, candidate)))
  },
  40_000,
)
