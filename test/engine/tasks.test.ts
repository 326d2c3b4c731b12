import { expect, test } from 'vitest'
import { end, json } from '../support/byte-server.ts'
import { scripted } from '../support/engines.ts'
import { collect, engineError } from '../support/errors.ts'
import { testOperations } from './operations.ts'

const task = {
  ID: 't1',
  Version: { Index: 20 },
  ServiceID: 's1',
  NodeID: 'n1',
  Status: { State: 'rejected', Err: 'No such image: bb:1', ContainerStatus: { ExitCode: 0 } },
  DesiredState: 'complete',
  JobIteration: {},
}

testOperations({
  inspect: {
    call: ({ tasks }) => tasks.inspect('a b'),
    sends: 'GET /tasks/a%20b',
    answer: [200, task],
    gives: task,
  },
  list: {
    call: ({ tasks }) => tasks.list({ filters: { service: ['s1'] } }),
    sends: 'GET /tasks?filters=%7B%22service%22%3A%5B%22s1%22%5D%7D',
    answer: [200, [task]],
    gives: [task],
  },
})

test('logs are framed', async () => {
  const { server, engine } = await scripted([
    { on: 'GET', steps: ['HTTP/1.1 200 OK\r\n\r\n', '\x02\0\0\0\0\0\0\x03hi\n', end] },
  ])
  const {
    items: [chunk],
  } = await collect(await engine.tasks.logs('t1', { follow: true }))
  expect([chunk?.stream, Buffer.from(chunk?.bytes ?? []).toString()]).toEqual(['stderr', 'hi\n'])
  expect(server.paths.at(-1)).toMatch(/\/tasks\/t1\/logs\?stdout=true&stderr=true&follow=true$/)
})

test.each([
  ['an id', { ...task, ID: '' }],
  ['a state', { ...task, Status: {} }],
  [
    'an exit status that is a number',
    { ...task, Status: { State: 'failed', ContainerStatus: { ExitCode: 'x' } } },
  ],
])('a task without %s is not taken', async (_, wrong) => {
  const { engine } = await scripted([{ on: 'GET', steps: [json(200, [wrong])] }])
  expect(await engineError(engine.tasks.list())).toMatchObject({ code: 'bad-answer' })
})
