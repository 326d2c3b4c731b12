import { once } from 'node:events'
import { connect } from 'node:net'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type ExchangeRecording, replay } from '../../../src/replay/index.ts'

setFlagsFromString('--expose-gc')
const collect: (options: { type: 'minor' | 'major' }) => void = runInNewContext('gc')

/** Some 400 kB of memory. */
function recording(): ExchangeRecording {
  const answer = { answer: 200, reason: 'OK', headers: { 'Content-Length': '0' } }
  const output = Array.from({ length: 4_000 }, (_, line) => ({ output: 'stdout' as const, text: `${line}` }))
  return {
    head: { recording: 2 },
    exchanges: [
      { request: 'GET /_ping', headers: {}, said: [answer] },
      { request: 'GET /containers/job/logs', headers: {}, optional: true, said: output },
    ],
  }
}

async function play(): Promise<void> {
  await using player = await replay(recording())
  const client = connect(player.host.replace('unix://', ''))
  client.write('GET /_ping HTTP/1.1\r\n\r\n')
  await once(client, 'data')
  client.destroy()
}

test('what a replay has read does not outlive it until a major collection', async () => {
  for (let warm = 0; warm < 3; warm++) await play()
  collect({ type: 'major' })
  const before = getHeapStatistics().used_heap_size
  for (let count = 0; count < 20; count++) await play()
  collect({ type: 'minor' })
  collect({ type: 'minor' })
  expect(getHeapStatistics().used_heap_size - before).toBeLessThan(20 * 100_000)
})
