import { expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { ContainerStreams } from '../../../src/run/container/streams.ts'
import { EngineGrace } from '../../../src/run/retry.ts'
import { FakeEngine } from '../../support/fake-engine.ts'

const signal = new AbortController().signal
const hour = 3_600_000

async function logTime(time: number, answer: [status: number, body: string | object]): Promise<number> {
  await using engine = await FakeEngine.start()
  engine.on('info', exchange => exchange.answer(...answer))
  await using client = connect({ host: engine.host, env: {} })
  const streams = new ContainerStreams(
    { engine: client, grace: new EngineGrace(() => undefined) },
    'id',
    false,
  )
  return Date.parse(`${await streams.logTime(time, signal)}Z`)
}

test('a time by the clock of the log is as far ahead as the Engine is', async () => {
  const SystemTime = new Date(Date.now() + hour).toISOString()
  const time = Date.now()
  const byLog = await logTime(time, [200, { ID: 'x', SystemTime }])
  expect(Math.abs(byLog - time - hour)).toBeLessThan(hour / 2)
})

test('an Engine whose clock may not be asked for counts as one with the same clock', async () => {
  expect(await logTime(1_000, [403, 'forbidden by the proxy'])).toBe(1_000)
})
