/*
 * What a replay costs beside its client: an app of 41 requests, again and again, with its replay in another process.
 *
 *   node scripts/replay/cost.ts [TIMES]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { parseRecording, replay } from '../../src/replay/index.ts'
import { app } from '../../test/replay/app.ts'

const [times = '100'] = process.argv.slice(2)
const file = new URL('../../test/fixtures/app/docker-28.5-app.ndjson', import.meta.url)
const images = { one: 'private.test:5000/app:1', other: 'private.test:5000/tool:1' }

interface Cost {
  host?: string
  cpu?: number
}

if (process.send === undefined) await asClient()
else await asReplay(process.send.bind(process))

/** A replay for each time that it is asked, and at the end the CPU that all took, in ms. */
async function asReplay(send: (cost: Cost) => boolean): Promise<void> {
  const recording = parseRecording(readFileSync(file, 'utf8'))
  const before = process.cpuUsage()
  for (let done = 0; done < Number(times); done++) {
    const player = await replay(recording)
    const next = once(process, 'message')
    send({ host: player.host })
    await next
    await player[Symbol.asyncDispose]()
  }
  const { user, system } = process.cpuUsage(before)
  send({ cpu: (user + system) / 1_000 })
  process.disconnect()
}

async function asClient(): Promise<void> {
  const started = performance.now()
  const before = process.cpuUsage()
  const server = fork(import.meta.filename, [times])
  let cost: Cost = {}
  for (; cost.cpu === undefined; ) {
    ;[cost] = (await once(server, 'message')) as [Cost]
    if (cost.host === undefined) continue
    await app(cost.host, images)
    server.send('done')
  }
  const { user, system } = process.cpuUsage(before)
  const each = (milliseconds: number) => `${(milliseconds / Number(times)).toFixed(1)} ms`
  console.log(`one run of the app: ${each(performance.now() - started)}`)
  console.log(`CPU of the client: ${each((user + system) / 1_000)}, of the replay: ${each(cost.cpu)}`)
}
