import { afterEach, expect, test, vi } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'
import { hears, launch } from './launch.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('a container that prints nothing for too long is stopped', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    async program(self) {
      await self.out('begun\n')
      await new Promise(() => undefined)
    },
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const { onEvent, heard } = hears('started')
  const job = launch(engine, { idleTimeout: 60_000, onEvent })
  await heard
  const lines = job[Symbol.asyncIterator]()
  expect((await lines.next()).value).toEqual({ stream: 'stdout', text: 'begun' })
  const next = lines.next()
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  expect(await job).toMatchObject({
    kind: 'timeout',
    stdout: 'begun\n',
    failure: { message: 'the container printed nothing for 60 s', limit: 'idleTimeout' },
    container: { removed: true },
  })
  await next.catch(() => undefined)
})
