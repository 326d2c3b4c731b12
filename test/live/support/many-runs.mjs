/*
 * Runs jobs at the same time, and prints as JSON what the process holds before them, after half of them, and at the end.
 *
 *   node --expose-gc many-runs.mjs HOST COUNT AT_ONCE IMAGE COMMAND...
 */
import { getEventListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, run } from '../../../dist/index.js'

const [host, total, atOnce, image, ...command] = process.argv.slice(2)
const controller = new AbortController()
const engine = connect(host)
let begun = 0

async function worker(count) {
  while (begun < count) {
    begun++
    const { stdout } = await run({ engine, image, command, signal: controller.signal })
    if (stdout !== 'hi\n') throw new Error(`the job printed ${JSON.stringify(stdout)}`)
  }
}

async function runs(count) {
  await Promise.all(Array.from({ length: Number(atOnce) }, () => worker(count)))
}

async function held() {
  // Sockets that were closed go with the next turns.
  await delay(500)
  globalThis.gc()
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    signalListeners: getEventListeners(controller.signal, 'abort').length,
    heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
  }
}

const before = await held()
await runs(Number(total) / 2)
const half = await held()
await runs(Number(total))
await engine.close()
const after = await held()
process.stdout.write(`${JSON.stringify({ runs: begun, before, half, after })}\n`)
