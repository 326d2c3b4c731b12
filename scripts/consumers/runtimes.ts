import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { packArchive } from '../../src/index.ts'
import type { Program } from '../../test/support/fake-container.ts'
import { FakeEngine, type Setup } from '../../test/support/fake-engine.ts'
import { type Consumer, project } from './consumer.ts'
import { programAsJavaScript, runDemo } from './demo.ts'

const others: Record<string, readonly string[]> = {
  bun: ['run'],
  deno: ['run', '--allow-all'],
}

/** The package in other runtimes than Node. docs/runtimes.md says what works there. */
export async function runtimes(consumer: Consumer): Promise<void> {
  const { folder, tarball, tally } = consumer
  const dependencies = { holdfast: `file:${tarball}`, bun: '^1.4.4', deno: '^2.9.6' }
  await project(folder, dependencies, { 'main.js': await programAsJavaScript() })
  const helper = join(folder, 'docker-credential-store')
  writeFileSync(helper, `#!/bin/sh\necho '{"Username":"alice","Secret":"sesame"}'\n`)
  chmodSync(helper, 0o755)
  writeFileSync(join(folder, 'config.json'), '{"credsStore":"store"}')

  for (const [runtime, args] of Object.entries(others)) {
    const program = join(folder, 'node_modules/.bin', runtime)
    const command = [...args, 'node_modules/holdfast/bin/holdfast.js']
    const start = (engine: FakeEngine, words: readonly string[]) => {
      const PATH = [folder, process.env.PATH].join(delimiter)
      const env = { PATH, HOME: folder, DOCKER_CONFIG: folder, DOCKER_HOST: engine.host, NO_COLOR: '1' }
      return { program, args: [...command, ...words], options: { cwd: folder, env } }
    }
    const check = (name: string, setup: Setup, act: (engine: FakeEngine) => Promise<void>) =>
      tally.check(`${runtime}: ${name}`, async () => {
        await using engine = await FakeEngine.start({ images: ['busybox:1'], ...setup })
        await act(engine)
      })

    await tally.check(`${runtime}: the library, the client, the standalone module, a replay`, () =>
      runDemo(program, [...args, 'main.js'], folder),
    )
    await check('the command, its streams and its exit status', { program: printAndFail }, async engine => {
      assert.deepEqual(await finished(start(engine, ['run', 'busybox:1'])), ['out\n', 'err\n', 3])
    })
    await check('files in and out', { paths }, async engine => {
      const copies = ['--copy-in', 'config.json:/in.json', '--copy-out', '/out.txt:./']
      assert.deepEqual(await finished(start(engine, ['run', '--quiet', ...copies, 'busybox:1'])), ['', '', 0])
      assert.equal(readFileSync(join(folder, 'out.txt'), 'utf8'), 'written')
    })
    await check('credentials of a helper', { registry: ['reg.example/app:1'] }, async engine => {
      await finished(start(engine, ['pull', 'reg.example/app:1']))
      const header = String((await engine.seen('pull')).headers['x-registry-auth'])
      assert.match(Buffer.from(header, 'base64url').toString(), /"password":"sesame"/)
    })
    await check('a signal to the container', { program: untilSignal }, async engine => {
      const { program, args, options } = start(engine, ['run', 'busybox:1'])
      const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      child.kill('SIGTERM')
      assert.deepEqual(await once(child, 'exit'), [15, null])
    })
  }
  await denoGrants(consumer)
}

/** Deno's own grants: enough for a job, and what a run says without the network. */
async function denoGrants({ folder, tally }: Consumer): Promise<void> {
  await using engine = await FakeEngine.start({ images: ['busybox:1'], program: printAndFail })
  const socket = engine.host.replace('unix://', '')
  const grants = [
    `--allow-read=node_modules,${socket}`,
    `--allow-write=${socket}`,
    '--allow-env',
    '--allow-sys',
  ]
  const args = (more: string[]) => {
    const command = [
      'node_modules/holdfast/bin/holdfast.js',
      'run',
      '--quiet',
      '--host',
      engine.host,
      'busybox:1',
    ]
    return ['run', '--no-prompt', ...grants, ...more, ...command]
  }
  const program = join(folder, 'node_modules/.bin/deno')
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } }
  await tally.check('deno: the grants of docs/runtimes.md', async () => {
    const granted = args([`--allow-net=unix:${socket}`])
    assert.deepEqual(await finished({ program, args: granted, options }), ['out\n', 'err\n', 3])
  })
  await tally.check('deno: a message that names the missing grant', async () => {
    const [, stderr] = await finished({ program, args: args([]), options })
    assert.match(stderr, /the network was not granted/)
  })
}

const paths = {
  '/': { kind: 'directory' as const },
  '/out.txt': {
    kind: 'file' as const,
    archive: () => packArchive([{ name: 'out.txt', content: 'written' }]),
  },
}

const printAndFail: Program = async self => {
  await self.out('out\n')
  await self.err('err\n')
  return 3
}

const untilSignal: Program = async self => {
  const signal = self.signal()
  await self.out('ready\n')
  return (await signal) === 'SIGTERM' ? 15 : 1
}

/** What a program prints on both streams, and its exit status. */
function finished({ program, args, options }: { program: string; args: string[]; options: object }) {
  return new Promise<[stdout: string, stderr: string, status: unknown]>(resolve =>
    execFile(program, args, options, (error, stdout, stderr) => resolve([stdout, stderr, error?.code ?? 0])),
  )
}
