import { expect, test } from 'vitest'
import { text } from '../support/byte-server.ts'
import { scripted } from '../support/engines.ts'
import { collect, engineError } from '../support/errors.ts'
import { engineEvent, engineVersion } from '../support/responses.ts'
import { testOperations } from './operations.ts'

testOperations({
  version: {
    call: ({ system }) => system.version(),
    sends: 'GET /version',
    answer: [200, engineVersion],
    gives: engineVersion,
  },
  info: {
    call: ({ system }) => system.info(),
    sends: 'GET /info',
    answer: [200, { ID: 'x' }],
    gives: { ID: 'x' },
  },
  ping: {
    call: ({ system }) => system.ping(),
    sends: 'GET /_ping',
    answer: [200, 'OK'],
    gives: { apiVersion: '1.41' },
  },
  events: {
    call: async ({ system }) => collect(await system.events()),
    sends: 'GET /events',
    answer: [200, `${JSON.stringify(engineEvent)}\n`],
    gives: { items: [engineEvent], error: undefined },
  },
  'events of some': {
    call: async ({ system }) =>
      collect(await system.events({ filters: { type: ['container'] }, since: '1.000000002', until: '3' })),
    sends: 'GET /events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D&since=1.000000002&until=3',
    answer: [200, ''],
    gives: { items: [], error: undefined },
  },
})

test('a ping settles the version', async () => {
  const { server, engine } = await scripted([
    { on: 'GET /_ping', steps: [text(200, 'OK', { 'Api-Version': '1.45' })] },
  ])
  expect(await engine.system.ping()).toEqual({ apiVersion: '1.45' })
  expect(await engine.apiVersion()).toBe('1.45')
  expect(server.paths).toEqual(['GET /_ping'])
})

test('each ping sends a request', async () => {
  const { engine } = await scripted([
    { on: 'GET /_ping', steps: [text(200, 'OK', { 'Api-Version': '1.45' })] },
    { on: 'GET /v1.45/_ping', steps: [text(503, 'stopping')] },
  ])
  await engine.system.ping()
  expect(await engineError(engine.system.ping())).toMatchObject({ status: 503, engineMessage: 'stopping' })
})
