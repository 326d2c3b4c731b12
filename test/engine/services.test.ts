import { expect, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import type { ServiceSpec } from '../../src/engine/swarm-wire.ts'
import { end, json } from '../support/byte-server.ts'
import { scripted } from '../support/engines.ts'
import { collect, engineError } from '../support/errors.ts'
import { testOperations } from './operations.ts'

const spec: ServiceSpec = {
  Name: 'job',
  TaskTemplate: { ContainerSpec: { Image: 'bb:1' } },
  Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
}
const service = { ID: 's1', Version: { Index: 12 }, CreatedAt: '2026-11-23T15:02:11Z', Spec: spec }
const type = 'application/json'

testOperations({
  create: {
    call: ({ services }) => services.create(spec),
    sends: 'POST /services/create',
    type,
    body: JSON.stringify(spec),
    answer: [201, { ID: 's1' }],
    gives: { ID: 's1' },
  },
  inspect: {
    call: ({ services }) => services.inspect('a b'),
    sends: 'GET /services/a%20b',
    answer: [200, service],
    gives: service,
  },
  list: {
    call: ({ services }) => services.list({ filters: { label: ['a'] }, status: true }),
    sends: 'GET /services?filters=%7B%22label%22%3A%5B%22a%22%5D%7D&status=true',
    answer: [200, [service]],
    gives: [service],
  },
  update: {
    call: ({ services }) => services.update('job', spec, { version: 12 }),
    sends: 'POST /services/job/update?version=12',
    type,
    body: JSON.stringify(spec),
  },
  remove: {
    call: ({ services }) => services.remove('job'),
    sends: 'DELETE /services/job',
    answer: [200, ''],
  },
})

// dockerd 20.10 names no content type here.
test('logs are framed', async () => {
  const { server, engine } = await scripted([
    { on: 'GET', steps: ['HTTP/1.1 200 OK\r\n\r\n', '\x01\0\0\0\0\0\0\x03hi\n\x02\0\0\0\0\0\0\x02no', end] },
  ])
  const { items: chunks } = await collect(
    await engine.services.logs('job', { tail: 3, details: true, timestamps: true }),
  )
  expect(chunks.map(({ stream, bytes }) => [stream, Buffer.from(bytes).toString()])).toEqual([
    ['stdout', 'hi\n'],
    ['stderr', 'no'],
  ])
  expect(server.paths.at(-1)).toMatch(
    /\/services\/job\/logs\?stdout=true&stderr=true&tail=3&timestamps=true&details=true$/,
  )
})

test('an Engine that is not a manager says so', async () => {
  const message =
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect.'
  const { engine } = await scripted([{ on: 'GET', steps: [json(503, { message })] }])
  expect(await engineError(engine.services.list())).toMatchObject({ engineMessage: message })
})

test.each(['', '.', '..'])('does not remove %j', async id => {
  await using engine = connect({ host: 'unix:///nonexistent', env: {} })
  expect(await engineError(engine.services.remove(id))).toMatchObject({ code: 'usage' })
})
