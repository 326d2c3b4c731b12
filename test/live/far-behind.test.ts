import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { run } from '../../src/index.ts'
import { CuttingRelay } from '../support/cutting-relay.ts'
import { leftBehind, rounds } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'

const image = 'busybox:live'
const mebibyte = 2 ** 20
const much = (rounds >= 100 ? 1024 : 64) * mebibyte

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
  await importBusybox(engine.socket, image)
})

afterAll(async () => {
  await engine?.stop()
})

afterEach(async () => {
  expect(await leftBehind(engine.socket)).toEqual([])
})

interface Resumed {
  /** Milliseconds from the cut to the next byte. */
  ms: number
  /** Bytes of the log that were read. */
  read: number
  /** Bytes that were missed by then. */
  missed: number
}

/** A job that prints so much, then a line each 10 ms for some seconds, in which its stream is cut. */
async function cutBehind(bytes: number): Promise<Resumed> {
  // Numbered lines of 80 bytes: none is like another.
  const lines = bytes / 80
  const script = `seq -w 1 ${String(lines).padStart(79, '0')}; i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo tail $i; sleep 0.01; done`
  await using relay = await CuttingRelay.start(engine.host, () => undefined)
  const job = run({ engine: relay.host, image, command: ['sh', '-c', script], capture: 0 })
  let received = 0
  let cutAt = 0
  let ms = 0
  let missed = 0
  let read = 0
  let tail = ''
  for await (const { bytes: piece } of job.chunks({ reuse: true })) {
    if (cutAt > 0 && ms === 0) {
      ms = performance.now() - cutAt
      missed = piece.length
      read = relay.received.logs ?? 0
    }
    received += piece.length
    if (received > lines * 80) tail += Buffer.from(piece).toString('latin1')
    if (cutAt === 0 && /tail 50\n/.test(tail)) {
      cutAt = performance.now()
      relay.cut('attach')
    }
  }
  const wanted = Array.from({ length: 300 }, (_, index) => `tail ${index + 1}\n`).join('')
  expect(tail.slice(tail.indexOf('tail 1\n'))).toBe(wanted)
  expect(received).toBe(lines * 80 + wanted.length)
  expect((await job).gaps).toEqual([])
  return { ms, read, missed }
}

it(`a job with ${much / mebibyte} MiB behind it goes on as fast as one with 1 MiB`, {
  timeout: 900_000,
}, async () => {
  const near = await cutBehind(mebibyte - (mebibyte % 80))
  const far = await cutBehind(much - (much % 80))
  if (process.env.HOLDFAST_LIVE_FIGURES)
    process.stderr.write(
      `1 MiB behind: ${JSON.stringify(near)}; ${much / mebibyte} MiB: ${JSON.stringify(far)}\n`,
    )
  expect(far.read).toBeLessThan(2 * far.missed + mebibyte)
  // Most of it is a pause of a quarter of a second; twice of it would be a scan of the log.
  expect(far.ms).toBeLessThan(1.2 * near.ms + 500)
})
