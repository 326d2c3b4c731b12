import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { hold } from '../../support/byte-server.ts'
import { engineAt, scripted } from '../../support/engines.ts'
import { rejection } from '../../support/errors.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const long = 600_000
const usual = 120_000

test.each<[string, (engine: Engine) => Promise<unknown>, number]>([
  ['create', engine => engine.containers.create({ Image: 'x' }), long],
  ['attach', engine => engine.containers.attach('c', { tty: false }), long],
  ['wait', engine => engine.containers.wait('c'), long],
  ['start', engine => engine.containers.start('c'), long],
  ['remove', engine => engine.containers.remove('c'), long],
  ['inspect', engine => engine.containers.inspect('c'), usual],
])('an Engine that never answers to %s', async (_, ask, patience) => {
  const { server } = await scripted([{ on: '', steps: [hold] }])
  const engine = engineAt(server.address, { DOCKER_API_VERSION: '1.41' })
  let settled = false
  const failure = rejection(ask(engine)).finally(() => {
    settled = true
  })
  await server.until('the request has arrived', () => server.requests.length === 1)
  vi.advanceTimersByTime(patience - 1)
  await server.until('nothing', () => true)
  expect(settled).toBe(false)
  vi.advanceTimersByTime(1)
  expect(await failure).toMatchObject({ code: 'no-answer', kind: 'engine-unreachable' })
})

test('a body of an image’s pull has no such limit', async () => {
  const { server } = await scripted([{ on: '', steps: [hold] }])
  const engine = engineAt(server.address, { DOCKER_API_VERSION: '1.41' })
  const controller = new AbortController()
  const { signal } = controller
  const failure = rejection(engine.images.pull({ fromImage: 'x', tag: '1', signal }))
  await server.until('the request has arrived', () => server.requests.length === 1)
  vi.advanceTimersByTime(86_400_000)
  controller.abort('enough')
  expect(await failure).toBe('enough')
})
