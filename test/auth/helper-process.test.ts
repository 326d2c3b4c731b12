import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { runHelper } from '../../src/auth/helper-process.ts'
import { fakeHelpers, rejection } from './fake-helpers.ts'
import { childResources, goes, isGone, pipe } from './processes.ts'

const COMMAND = 'docker-credential-x'
const hang = 'sleep 600 & echo "$$ $!" > "$DIR/pids"; wait'

// libuv takes a few turns of the loop to close what belonged to a process that is dead.
afterEach(async () => {
  for (let turn = 0; turn < 20 && childResources().length > 0; turn++) await setImmediate()
  expect(childResources()).toEqual([])
})

async function start(script: string, timeout: number, signal = new AbortController().signal) {
  const { directory, env } = await fakeHelpers({ x: script })
  const pids = pipe(directory, 'pids').then(text => text.trim().split(' ').map(Number))
  return { pids, end: runHelper(COMMAND, 'r.io', { env, timeout, signal }) }
}

test('a hanging helper and its child are gone when the time limit says so', async () => {
  const { pids, end } = await start(hang, 1_500)
  expect(await end).toEqual({ how: 'timeout' })
  const [helper = 0, child = 0] = await pids
  expect(isGone(helper)).toBe(true)
  expect(await goes(child)).toBe(true)
})

test('a hanging helper runs until then', async () => {
  const controller = new AbortController()
  const { pids, end } = await start(hang, 60_000, controller.signal)
  expect((await pids).map(isGone)).toEqual([false, false])
  controller.abort()
  await rejection(end)
})

test('an abort ends helper and child, and gives its reason', async () => {
  const controller = new AbortController()
  const { pids, end } = await start(hang, 60_000, controller.signal)
  const [helper = 0, child = 0] = await pids
  const reason = new Error('enough')
  controller.abort(reason)
  expect(await rejection(end)).toBe(reason)
  expect(isGone(helper)).toBe(true)
  expect(await goes(child)).toBe(true)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

test('an abort right after the start', async () => {
  const controller = new AbortController()
  const { env } = await fakeHelpers({ x: 'sleep 600' })
  const end = runHelper(COMMAND, 'r.io', { env, timeout: 60_000, signal: controller.signal })
  controller.abort('enough')
  expect(await rejection(end)).toBe('enough')
})

test('an aborted signal starts nothing', async () => {
  const limits = { env: {}, timeout: 60_000, signal: AbortSignal.abort('enough') }
  expect(await rejection(runHelper('/no/such/command', '', limits))).toBe('enough')
})

test('a helper that ignores SIGTERM and floods is killed', async () => {
  const { pids, end } = await start(
    'trap "" TERM PIPE; echo $$ > "$DIR/pids"; while :; do echo flood; done',
    60_000,
  )
  expect(await end).toEqual({ how: 'flood' })
  expect((await pids).map(isGone)).toEqual([true])
})

test('what a helper leaves running in its group ends with it', async () => {
  const { pids, end } = await start('sleep 600 & echo $! > "$DIR/pids"; echo answer', 60_000)
  const stdout = Buffer.from('answer\n')
  expect(await end).toEqual({ how: 'exit', code: 0, stdout, stderr: Buffer.alloc(0) })
  const [child = 0] = await pids
  expect(await goes(child)).toBe(true)
})

// A daemon that left the group and kept stdout, as a key agent may: the answer must not wait for it.
test.runIf(process.platform === 'linux')('a daemon that holds stdout holds nothing up', async () => {
  const { pids, end } = await start(
    `setsid sh -c 'echo $$ > "$DIR/daemon"; exec sleep 600' & while [ ! -s "$DIR/daemon" ]; do :; done; cat "$DIR/daemon" > "$DIR/pids"; echo answer`,
    60_000,
  )
  const [daemon = 0] = await pids
  expect(await end).toMatchObject({ how: 'exit', code: 0, stdout: Buffer.from('answer\n') })
  expect(isGone(daemon)).toBe(false)
  process.kill(daemon, 'SIGKILL')
})

test('leaves no listener, timer or process after an answer', async () => {
  const controller = new AbortController()
  const { env } = await fakeHelpers({ x: 'echo answer' })
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = timers()
  await runHelper(COMMAND, 'r.io', { env, timeout: 60_000, signal: controller.signal })
  expect(timers()).toBe(before)
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
})

test('keeps the beginning of stderr, and lets a helper write more', async () => {
  const { env } = await fakeHelpers({ x: 'yes complaint | head -c 1000000 >&2; exit 3' })
  const end = await runHelper(COMMAND, 'r.io', { env, timeout: 60_000, signal: new AbortController().signal })
  const stderr = Buffer.from('complaint\n'.repeat(410)).subarray(0, 4096)
  expect(end).toEqual({ how: 'exit', code: 3, stdout: Buffer.alloc(0), stderr })
})

test('says the code of what cannot be started', async () => {
  const limits = { env: {}, timeout: 60_000, signal: new AbortController().signal }
  expect(await runHelper('/no/such/command', '', limits)).toEqual({ how: 'not-started', code: 'ENOENT' })
  expect(await runHelper('/', '', limits)).toEqual({ how: 'not-started', code: 'EACCES' })
})
