import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { leftBehind, rounds, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

const image = 'busybox:live'
const mebibyte = 2 ** 20
const long = rounds >= 100
const program = join(import.meta.dirname, 'support/much-output.mjs')

let engine: TestEngine
let user: User

beforeAll(async () => {
  engine = await startEngine({ flags: ['--log-driver', 'none'] })
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
})

beforeEach(() => {
  user = new User()
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

function start(pace: string, seconds: number, command: string) {
  const args = [program, engine.host, pace, String(seconds), image, 'sh', '-c', command]
  return user.startProgram(process.execPath, args)
}

interface Report {
  kind: string
  read: number
  kept: number
  dropped: number
  peakMiB: number
}

function report({ status, text, stderr }: { status: number; text: string; stderr: string }): Report {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  if (process.env.HOLDFAST_LIVE_FIGURES) process.stderr.write(text)
  return JSON.parse(text)
}

it.each(['captured', '0'])(
  'much output takes little memory (reader: %s)',
  { timeout: 300_000 },
  async pace => {
    const bytes = (long ? 2048 : 256) * mebibyte
    const { kind, read, kept, dropped, peakMiB } = report(
      await start(pace, 0, `yes 'much output' | head -c ${bytes}`).finished,
    )
    expect(kind).toBe('ok')
    if (pace === '0') expect(read).toBe(bytes)
    expect(dropped).toBe(bytes - mebibyte)
    expect(kept).toBeLessThan(mebibyte + 100)
    expect(peakMiB).toBeLessThan(150)
  },
)

it('a reader of 1 MiB a second slows the job down, and memory stays flat', { timeout: 300_000 }, async () => {
  const seconds = long ? 60 : 10
  const command = start(String(mebibyte), seconds, 'yes slow')
  const { kind, read, peakMiB } = report(await command.finished)
  expect(kind).toBe('exit')
  // What is read after the kill was on its way: buffers of sockets and of the Engine.
  expect(read).toBeLessThan((seconds + 16) * mebibyte)
  expect(peakMiB).toBeLessThan(150)
})
