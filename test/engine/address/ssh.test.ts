import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isGone } from '../../auth/processes.ts'
import { chunk, chunkedHead, clientEnd, end, hold, json } from '../../support/byte-server.ts'
import { engineAt, scripted } from '../../support/engines.ts'
import { collect, engineError } from '../../support/errors.ts'
import { engineEvent } from '../../support/responses.ts'

const raw = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

/** An `ssh` on PATH that is this script: it writes down its arguments and its process id. */
async function fakeSsh(script: (files: { argv: string; pids: string }) => string) {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-ssh-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const files = { argv: join(directory, 'argv'), pids: join(directory, 'pids') }
  const lines = [
    `#!${process.execPath}`,
    `const { appendFileSync } = require('node:fs')`,
    `appendFileSync(${JSON.stringify(files.argv)}, JSON.stringify(process.argv.slice(2)) + '\\n')`,
    `appendFileSync(${JSON.stringify(files.pids)}, process.pid + '\\n')`,
    script(files),
  ]
  await writeFile(join(directory, 'ssh'), lines.join('\n'))
  await chmod(join(directory, 'ssh'), 0o755)
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const linesOf = async (file: string) =>
    (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').filter(Boolean)
  return {
    argv: async (): Promise<string[][]> => (await linesOf(files.argv)).map(line => JSON.parse(line)),
    pids: async () => (await linesOf(files.pids)).map(Number),
  }
}

/** What ssh does once it is there: its pipes are a connection to the socket. */
function dialing(address: string): string {
  return `
    const socket = require('node:net').connect({ path: ${JSON.stringify(address.slice('unix://'.length))}, allowHalfOpen: true })
    process.stdin.pipe(socket)
    socket.pipe(process.stdout)
    socket.on('close', () => process.exit(0))
  `
}

async function allGone(pids: number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0)
  await vi.waitFor(() => expect(pids.map(isGone)).toEqual(pids.map(() => true)), {
    timeout: 3_000,
    interval: 5,
  })
}

test('requests go through it, and no process is left after close', async () => {
  const { server } = await scripted([
    { on: /info/, steps: [json(200, { ID: 'far' })] },
    { on: /logs/, steps: [chunkedHead(), chunk('x'.repeat(100_000)), chunk('y'), chunk('')] },
    { on: /events/, steps: [chunkedHead(), hold] },
  ])
  const { pids } = await fakeSsh(() => dialing(server.address))
  const engine = engineAt('ssh://me@far:2222/run/far.sock')
  expect((await engine.system.info()).ID).toBe('far')
  const { items } = await collect(await engine.containers.logs('c', { tty: true }))
  expect(items.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(100_001)
  const events = collect(await engine.system.events())
  await engine.close()
  expect((await events).error).toMatchObject({ code: 'closed' })
  await allGone(await pids())
  await server.vacant()
})

test.each([
  ['ssh://far', ['-T', '--', 'far', 'docker', 'system', 'dial-stdio']],
  ['ssh://me@far', ['-T', '-l', 'me', '--', 'far', 'docker', 'system', 'dial-stdio']],
  ['ssh://far:2222', ['-T', '-p', '2222', '--', 'far', 'docker', 'system', 'dial-stdio']],
  [
    'ssh://far/run/my sock',
    ['-T', '--', 'far', 'docker', '--host', "'unix:///run/my sock'", 'system', 'dial-stdio'],
  ],
  [
    "ssh://far/run/it's;reboot",
    ['-T', '--', 'far', 'docker', '--host', String.raw`'unix:///run/it'\''s;reboot'`, 'system', 'dial-stdio'],
  ],
])('the arguments for %s', async (host, expected) => {
  const { argv } = await fakeSsh(() => 'process.exit(1)')
  await engineError(engineAt(host).system.info())
  expect((await argv())[0]).toEqual(['-o', 'ConnectTimeout=30', ...expected])
})

test('an attachment half-closes through it', async () => {
  const { server } = await scripted([{ on: /attach/, steps: [raw, clientEnd, 'bye', end] }])
  const { pids } = await fakeSsh(() => dialing(server.address))
  const engine = engineAt('ssh://far', { DOCKER_API_VERSION: '1.41' })
  const attached = await engine.containers.attach('c', { tty: true, stdin: true })
  await attached.write(Buffer.from('input'))
  attached.closeInput()
  const { items, error } = await collect(attached.output)
  expect(error).toBeUndefined()
  expect(Buffer.concat(items.map(({ bytes }) => bytes)).toString()).toBe('bye')
  expect(server.sent).toBe('input')
  await allGone(await pids())
})

test('an attachment that is open is closed with the Engine', async () => {
  const { server } = await scripted([{ on: /attach/, steps: [raw, 'x', hold] }])
  const { pids } = await fakeSsh(() => dialing(server.address))
  const engine = engineAt('ssh://far', { DOCKER_API_VERSION: '1.41' })
  const output = collect((await engine.containers.attach('c', { tty: true })).output)
  await engine.close()
  expect((await output).error).toMatchObject({ code: 'closed' })
  await allGone(await pids())
})

test('back-pressure reaches through it', async () => {
  let written = 0
  const flood = Array.from({ length: 400 }, () => [chunk(Buffer.alloc(64 * 1024)), () => written++]).flat()
  const { server } = await scripted([{ on: /logs/, steps: [chunkedHead(), ...flood, chunk('')] }])
  await fakeSsh(() => dialing(server.address))
  const logs = await engineAt('ssh://far').containers.logs('c', { tty: true })
  let before = -1
  await server.until('nothing moves', () => {
    const still = before === written && written > 0
    before = written
    return still
  })
  expect(written).toBeLessThan(200)
  const { items } = await collect(logs)
  expect(items.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(400 * 64 * 1024)
})

test.each([
  ['with words', 'ssh: connect to host far port 22: Connection refused\n', 255, 'Connection refused'],
  ['without words', '', 255, 'the ssh connection failed'],
  ['because of docker', 'bash: docker: command not found\n', 127, 'docker: command not found'],
])('ssh fails %s', async (_, words, status, told) => {
  const { pids } = await fakeSsh(
    () => `process.stderr.write(${JSON.stringify(words)}, () => process.exit(${status}))`,
  )
  const error = await engineError(engineAt('ssh://me@far').containers.start('c'))
  expect(error).toMatchObject({
    code: 'ssh',
    kind: 'engine-unreachable',
    hint: expect.stringContaining('docker version'),
  })
  expect(error.message).toContain('ssh://me@far')
  expect(error.message).toContain(told)
  expect(error.engineMessage).toBe(words.trim())
  await allGone(await pids())
})

test('ssh fails with more words than anybody reads: the last ones are kept', async () => {
  await fakeSsh(() => `process.stderr.write('x'.repeat(100_000) + ' the end\\n', () => process.exit(255))`)
  const error = await engineError(engineAt('ssh://far').containers.start('c'))
  expect(error.engineMessage).toMatch(/^x+ the end$/)
  expect(error.engineMessage?.length).toBeLessThanOrEqual(2_000)
})

test('ssh ends well and says nothing', async () => {
  await fakeSsh(() => 'process.exit(0)')
  expect(
    await engineError(engineAt('ssh://far', { DOCKER_API_VERSION: '1.41' }).containers.start('c')),
  ).toMatchObject({
    code: 'connection-lost',
  })
})

test('ssh dies amid an answer', async () => {
  const { server } = await scripted([
    { on: /events/, steps: [chunkedHead(), chunk(`${JSON.stringify(engineEvent)}\n`), end] },
  ])
  await fakeSsh(
    () =>
      `${dialing(server.address)}\nsocket.on('end', () => { process.stderr.write('Broken pipe\\n'); process.exit(255) })`,
  )
  const { items, error } = await collect(await engineAt('ssh://far').system.events())
  expect(items).toEqual([engineEvent])
  expect(error).toMatchObject({ kind: 'engine-unreachable' })
})

test('there is no ssh', async () => {
  vi.stubEnv('PATH', '/no/such')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await engineError(engineAt('ssh://far').containers.start('c'))).toMatchObject({
    code: 'ssh',
    message: 'ssh://far: there is no ssh command',
    cause: { code: 'ENOENT' },
  })
})

test('an abort while ssh connects: it is gone after close', async () => {
  const { pids } = await fakeSsh(() => 'setInterval(() => undefined, 1000)')
  const engine = engineAt('ssh://far', { DOCKER_API_VERSION: '1.41' })
  const controller = new AbortController()
  const asked = engine.containers.start('c', { signal: controller.signal }).catch((reason: unknown) => reason)
  await vi.waitFor(async () => expect(await pids()).toHaveLength(1), { timeout: 3_000, interval: 5 })
  controller.abort('enough')
  expect(await asked).toBe('enough')
  await engine.close()
  await allGone(await pids())
})
