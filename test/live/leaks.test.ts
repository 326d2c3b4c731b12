import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, rounds, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

const image = 'busybox:live'
const long = rounds >= 100
const program = join(import.meta.dirname, 'support/many-runs.mjs')

let user: User

beforeEach(() => {
  user = new User()
})

afterEach(() => {
  expect(user.leave()).toEqual([])
})

interface Sample {
  descriptors: number
  resources: number
  processListeners: number
  signalListeners: number
  heapMiB: number
  rssMiB: number
}

interface Held {
  runs: number
  before: Sample
  half: Sample
  after: Sample
}

/** Descriptors that Node opens for itself while it works. */
const ownDescriptors = 2

async function manyRuns(host: string, count: number): Promise<Held> {
  const args = ['--expose-gc', program, host, String(count), '8', image, 'echo', 'hi']
  const { status, text, stderr } = await user.startProgram(process.execPath, args).finished
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  if (process.env.HOLDFAST_LIVE_FIGURES) process.stderr.write(`${count} runs: ${text}`)
  return JSON.parse(text)
}

function expectNoLeak({ before, half, after }: Held): void {
  expect(after.signalListeners).toBe(0)
  expect(after.processListeners).toBe(before.processListeners)
  // The file descriptors of Node's own threads come with the first of them.
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + ownDescriptors)
  expect(after.resources).toBeLessThanOrEqual(before.resources)
  expect(after.heapMiB - half.heapMiB).toBeLessThan(5)
  expect(after.rssMiB - half.rssMiB).toBeLessThan(40)
}

describe('many jobs in one process, eight at once', () => {
  describe('on a real Engine', () => {
    let engine: TestEngine

    beforeAll(async () => {
      engine = await startEngine()
      await importBusybox(engine.socket, image)
    })

    afterAll(async () => {
      await engine?.stop()
    })

    it('leave nothing behind', { timeout: 900_000 }, async () => {
      const count = long ? 500 : 50
      const held = await manyRuns(engine.host, count)
      expect(held.runs).toBe(count)
      expectNoLeak(held)
      expect(await leftBehind(engine.socket)).toEqual([])
    })
  })

  describe('on an Engine that answers at once', () => {
    let stub: ChildProcess
    let socket: string

    beforeEach(async () => {
      socket = user.path('stub.sock')
      const script = join(import.meta.dirname, '../../bench/stub/engine.mjs')
      stub = spawn(process.execPath, [script, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(stub.stdout ?? stub, 'data')
    })

    afterEach(async () => {
      const gone = once(stub, 'exit')
      stub.kill('SIGKILL')
      await gone
    })

    it('leave nothing behind', { timeout: 900_000 }, async () => {
      const count = long ? 10_000 : 2_000
      const held = await manyRuns(`unix://${socket}`, count)
      expect(held.runs).toBe(count)
      expectNoLeak(held)
    })
  })
})
