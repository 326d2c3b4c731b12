/*
 * Runs one job, and prints as JSON its exit status, the bytes that were read, and the peak of this process's memory. PACE is
 * the bytes a second that are read: `captured` has no reader, 0 one without a pace. SECONDS is when a paced reader stops the
 * job.
 *
 *   node much-output.mjs HOST PACE SECONDS IMAGE COMMAND...
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from '../../../dist/index.js'

const [engine, pace, seconds, image, ...command] = process.argv.slice(2)
const job = run({ engine, image, command, reject: false, stopGrace: 0 })
let read = 0
const begun = performance.now()
if (pace !== 'captured') {
  for await (const { bytes } of job.chunks({ reuse: true })) {
    read += bytes.length
    if (pace === '0') continue
    const elapsed = performance.now() - begun
    // The Engine answers a kill once the output that is on its way has been read.
    if (elapsed > seconds * 1000) void job.kill()
    else await delay(Math.max(0, (read / pace) * 1000 - elapsed))
  }
}
const { kind, exitCode, stdout, dropped } = await job
const peakMiB = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
process.stdout.write(
  `${JSON.stringify({ kind, exitCode, read, kept: stdout.length, dropped: dropped.stdout, peakMiB })}\n`,
)
