import { Client } from 'undici'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { chunk, chunkedHead, end, type Step } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'
import { rejection } from '../../support/errors.ts'

/** Milliseconds; undici's own limits are 300 s. */
const hour = 3_600_000
const upgraded = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
const line = (value: unknown) => `${JSON.stringify(value)}\r\n`
const frame = Buffer.from([1, 0, 0, 0, 0, 0, 0, 5, ...Buffer.from('late\n')])

// One clock for all tests: undici keeps the timer that it has set first.
beforeAll(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterAll(() => void vi.useRealTimers())

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item
  return undefined
}

async function firstText(output: AsyncIterable<{ bytes: Uint8Array }>): Promise<string> {
  return Buffer.from((await first(output))?.bytes ?? []).toString()
}

/** What is sent at last, after an hour, and what the operation makes of it. */
const operations: Array<[string, RegExp, string, Step[], (engine: Engine) => Promise<unknown>, unknown]> = [
  [
    'wait',
    /wait/,
    chunkedHead(),
    [chunk(line({ StatusCode: 7 })), chunk('')],
    async ({ containers }) => (await containers.wait('c')).exit,
    { StatusCode: 7 },
  ],
  [
    'attach',
    /attach/,
    upgraded,
    [frame, end],
    async ({ containers }) => firstText((await containers.attach('c', { tty: false })).output),
    'late\n',
  ],
  [
    'a log that is followed',
    /logs/,
    chunkedHead(),
    [chunk(frame), chunk('')],
    async ({ containers }) => firstText(await containers.logs('c', { tty: false, follow: true })),
    'late\n',
  ],
  [
    'a pull',
    /images/,
    chunkedHead(),
    [chunk(line({ status: 'Status: Image is up to date' })), chunk('')],
    ({ images }) => images.pull({ fromImage: 'x', tag: '1' }),
    undefined,
  ],
  [
    'events',
    /events/,
    chunkedHead(),
    [chunk(line({ Type: 'container', Action: 'die', Actor: { ID: 'c' }, time: 1, timeNano: 1 }))],
    async ({ system }) => first(await system.events()),
    expect.objectContaining({ Action: 'die' }),
  ],
]

test.each(operations)(
  '%s: the Engine may be silent for an hour',
  async (_, on, head, last, operate, result) => {
    const silent = Promise.withResolvers<void>()
    const over = Promise.withResolvers<void>()
    const steps = [head, silent.resolve, () => over.promise, ...last]
    const { server, engine } = await scripted([{ on, steps }])
    const operation = operate(engine)
    await silent.promise
    // Answered once the head before it has been read.
    await engine.system.ping()
    vi.advanceTimersByTime(hour)
    await engine.system.ping()
    over.resolve()
    expect(await operation).toEqual(result)
    expect(server.paths.filter(path => on.test(path))).toHaveLength(1)
  },
)

test('the clock of this test reaches undici: its own limit ends such a response', async () => {
  const silent = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const steps = [chunkedHead(), silent.resolve, () => over.promise, end]
  const { server } = await scripted([{ on: /logs/, steps }], 'tcp')
  const client = new Client(server.address.replace('tcp', 'http'))
  onTestFinished(() => client.destroy())
  const { body } = await client.request({ method: 'GET', path: '/logs' })
  vi.advanceTimersByTime(hour)
  expect(await rejection(body.text())).toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' })
  over.resolve()
})
