import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { random } from '../support/random.ts'
import { type Command, leftBehind, rounds, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'
import { startTrouble } from './support/trouble.ts'

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

let engine: TestEngine
let registry: TestRegistry
let big: string
let user: User

beforeAll(async () => {
  engine = await startEngine()
  registry = await startRegistry()
  big = `${registry.address}/big:1`
  await importBusybox(engine.socket, 'busybox:live')
  await importBusybox(engine.socket, big, { pad: 24 })
  await push(engine.socket, big)
  await remove(engine.socket, big)
})

afterAll(async () => {
  await engine?.stop()
  await registry?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

// Whatever was signalled and when: no container, and no process of ours, is left.
afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

/** A shell minds its traps between one command and the next. */
const forever = 'while :; do sleep 0.1; done'

function nameInShell(signal: NodeJS.Signals): string {
  return signal.slice('SIG'.length)
}

function script(text: string): Command {
  return user.start(['run', 'busybox:live', 'sh', '-c', text])
}

describe.each(signals)('%s', (signal, status) => {
  it('ends the wait for a credential helper, and what the helper started', async () => {
    await using trouble = await startTrouble('500')
    user.write('config.json', { credsStore: 'asleep' })
    user.install('docker-credential-asleep', '#!/bin/sh\nsleep 601 &\nsleep 602 &\nwait\n')
    const command = user.start(['run', `${trouble.address}/team/batch:1.4`])
    const started = () => user.processes().filter(line => /^sleep 60[12]$/.test(line))
    await expect.poll(started, { timeout: 10_000, interval: 20 }).toHaveLength(2)
    command.kill(signal)
    const ended = await command.finished
    expect(ended).toMatchObject({ status, text: '' })
    expect(ended.stderr).toBe(`holdfast: ended by ${signal} before the container ran\n`)
    expect(user.processes()).toEqual([])
    expect(trouble.connections).toBe(0)
  })

  it('ends a pull, on the Engine, too', async () => {
    await using trouble = await startTrouble('proxy', registry.address)
    trouble.blobs = { after: 2 ** 24, end: 'trickle' }
    const cut = trouble.waitForCut()
    const command = user.start(['run', `${trouble.address}/big:1`, 'true'])
    await cut
    expect(trouble.open).toBeGreaterThan(0)
    command.kill(signal)
    const ended = await command.finished
    expect(ended).toMatchObject({ status, text: '' })
    expect(ended.stderr).toMatch(
      new RegExp(`^(holdfast: .*\\n)*holdfast: ended by ${signal} before the container ran\\n$`),
    )
    await trouble.waitForNoConnections()
  })

  it('ends holdfast pull, and the pull on the Engine', async () => {
    await using trouble = await startTrouble('proxy', registry.address)
    trouble.blobs = { after: 2 ** 24, end: 'trickle' }
    const cut = trouble.waitForCut()
    const command = user.start(['pull', `${trouble.address}/big:1`])
    await cut
    command.kill(signal)
    expect(await command.finished).toMatchObject({ status, text: '' })
    await trouble.waitForNoConnections()
  })

  it('goes to the container while that runs, whose status is the end of it', async () => {
    const command = script(`trap 'echo got it; exit 42' ${nameInShell(signal)}; echo up; ${forever}`)
    await command.printed(/up\n/)
    command.kill(signal)
    expect(await command.finished).toMatchObject({ status: 42, text: 'up\ngot it\n', stderr: '' })
  })

  it('that the container goes on after leaves it running', async () => {
    const command = script(
      `trap seen=1 ${nameInShell(signal)}; echo up; until [ "$seen" ]; do sleep 0.1; done; echo on; exit 5`,
    )
    await command.printed(/up\n/)
    command.kill(signal)
    expect(await command.finished).toMatchObject({ status: 5, text: 'up\non\n', stderr: '' })
  })
})

describe('a second signal', () => {
  it.each([
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const)('kills a container that ignores the first: %s, %s', async (first, second) => {
    const audit = user.path('audit')
    const ignoring = ['sh', '-c', "trap '' INT TERM; echo up; exec sleep 1000"]
    const command = user.start(['run', '--audit', audit, 'busybox:live', ...ignoring])
    await command.printed(/up\n/)
    command.kill(first)
    await expect
      .poll(() => readFileSync(audit, 'utf8'), { timeout: 10_000, interval: 20 })
      .toContain('/kill?')
    command.kill(second)
    const stderr = 'holdfast: killed by a second signal\n'
    expect(await command.finished).toMatchObject({ status: 137, text: 'up\n', stderr })
  })

  it.each(['SIGHUP', 'SIGUSR1'] as const)('does not when it is %s', async signal => {
    const count = `n=0; trap 'n=$((n+1)); echo got $n' ${nameInShell(signal)}`
    const command = script(`${count}; echo up; while [ $n -lt 2 ]; do sleep 0.1; done; exit 6`)
    await command.printed(/up\n/)
    command.kill(signal)
    await command.printed(/got 1\n/)
    command.kill(signal)
    expect(await command.finished).toMatchObject({ status: 6, text: 'up\ngot 1\ngot 2\n', stderr: '' })
  })
})

it.each(['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const)('%s is passed on, too', async signal => {
  const command = script(`trap 'echo got it; exit 42' ${nameInShell(signal)}; echo up; ${forever}`)
  await command.printed(/up\n/)
  command.kill(signal)
  expect(await command.finished).toMatchObject({ status: 42, text: 'up\ngot it\n', stderr: '' })
})

describe('at any moment of a run', () => {
  // A signal that comes before the container's first process has set its traps is lost: it then ends by itself.
  const job = ['sh', '-c', "trap 'exit 9' INT TERM; n=0; while [ $n -lt 20 ]; do sleep 0.1; n=$((n+1)); done"]

  /** Signals runs sooner and later, from their first moment to their last; all must end as they should. */
  async function sweep(args: string[]): Promise<void> {
    const started = performance.now()
    expect(await user.run([...args, 'true'])).toMatchObject({ status: 0 })
    const whole = performance.now() - started
    const below = random(rounds)
    const seen = new Map<number, number>()
    for (let round = 0; round < rounds; round++) {
      const [signal, status] = signals[round % 2] ?? signals[0]
      const command = user.start([...args, ...job])
      await delay((whole * (round + below(100) / 100)) / rounds)
      command.kill(signal)
      const ended = await command.finished
      expect([status, 9, 0]).toContain(ended.status)
      expect(ended.text).toBe('')
      expect(await leftBehind(engine.socket)).toEqual([])
      expect(user.processes()).toEqual([])
      seen.set(ended.status, (seen.get(ended.status) ?? 0) + 1)
    }
    // Most moments are before the container runs.
    expect((seen.get(130) ?? 0) + (seen.get(143) ?? 0)).toBeGreaterThan(0)
    if (process.env.HOLDFAST_LIVE_FIGURES) process.stderr.write(`${JSON.stringify([...seen])}\n`)
  }

  it('with the image local', { timeout: 60_000 + rounds * 4000 }, async () => {
    await sweep(['run', 'busybox:live'])
  })

  it('with credentials asked for and the image pulled', { timeout: 60_000 + rounds * 4000 }, async () => {
    user.write('config.json', { credsStore: 'slow' })
    const answer = user.write('answer', { Username: 'alice', Secret: 'sesame' })
    user.install('docker-credential-slow', `#!/bin/sh\nsleep 0.1\nexec cat '${answer}'\n`)
    await sweep(['run', '--quiet', '--pull', 'always', big])
  })
})
