import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { report } from '../measured.mjs'

const settling = 500

/** Starts `count` quiet jobs and reports what each adds; `start` resolves, once its job runs, with what ends it. */
export async function holdQuiet(count, start) {
  const first = await start()
  await delay(settling)
  const [memory, sockets] = [process.memoryUsage.rss(), descriptors()]
  const more = await Promise.all(Array.from({ length: count }, start))
  await delay(settling)
  const growth = process.memoryUsage.rss() - memory
  report({ count, memoryEach: growth / count, socketsEach: (descriptors() - sockets) / count })
  await Promise.all([first, ...more].map(end => end()))
}

function descriptors() {
  return readdirSync('/proc/self/fd').length
}
