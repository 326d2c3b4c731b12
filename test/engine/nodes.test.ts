import { expect, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import { engineError } from '../support/errors.ts'
import { testOperations } from './operations.ts'

const node = {
  ID: 'n1',
  Version: { Index: 9 },
  Spec: { Role: 'worker', Availability: 'active' },
  Description: { Hostname: 'worker-1' },
  Status: { State: 'ready' },
}

testOperations({
  inspect: {
    call: ({ nodes }) => nodes.inspect('a b'),
    sends: 'GET /nodes/a%20b',
    answer: [200, node],
    gives: node,
  },
  list: {
    call: ({ nodes }) => nodes.list({ filters: { role: ['worker'] } }),
    sends: 'GET /nodes?filters=%7B%22role%22%3A%5B%22worker%22%5D%7D',
    answer: [200, [node]],
    gives: [node],
  },
  update: {
    call: ({ nodes }) => nodes.update('n1', { Role: 'worker', Availability: 'drain' }, { version: 9 }),
    sends: 'POST /nodes/n1/update?version=9',
    type: 'application/json',
    body: '{"Role":"worker","Availability":"drain"}',
  },
  remove: {
    call: ({ nodes }) => nodes.remove('n1', { force: true }),
    sends: 'DELETE /nodes/n1?force=true',
  },
})

test.each(['', '.', '..'])('does not remove %j', async id => {
  await using engine = connect({ host: 'unix:///nonexistent', env: {} })
  expect(await engineError(engine.nodes.remove(id))).toMatchObject({ code: 'usage' })
})
