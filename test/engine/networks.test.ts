import { expect, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import { engineError } from '../support/errors.ts'
import { testOperations } from './operations.ts'

const network = { Id: 'n1', Name: 'jobs', Driver: 'bridge', Labels: null }
const type = 'application/json'

testOperations({
  create: {
    call: ({ networks }) => networks.create({ Name: 'jobs', Internal: true }),
    sends: 'POST /networks/create',
    type,
    body: '{"Name":"jobs","Internal":true}',
    answer: [201, { Id: 'n1', Warning: '' }],
    gives: { Id: 'n1', Warning: '' },
  },
  inspect: {
    call: ({ networks }) => networks.inspect('a b'),
    sends: 'GET /networks/a%20b',
    answer: [200, network],
    gives: network,
  },
  list: {
    call: ({ networks }) => networks.list({ filters: { driver: ['bridge'] } }),
    sends: 'GET /networks?filters=%7B%22driver%22%3A%5B%22bridge%22%5D%7D',
    answer: [200, [network]],
    gives: [network],
  },
  connect: {
    call: ({ networks }) => networks.connect('jobs', 'c', { endpoint: { Aliases: ['db'] } }),
    sends: 'POST /networks/jobs/connect',
    type,
    body: '{"Container":"c","EndpointConfig":{"Aliases":["db"]}}',
  },
  disconnect: {
    call: ({ networks }) => networks.disconnect('jobs', 'c', { force: true }),
    sends: 'POST /networks/jobs/disconnect',
    type,
    body: '{"Container":"c","Force":true}',
  },
  remove: {
    call: ({ networks }) => networks.remove('jobs'),
    sends: 'DELETE /networks/jobs',
    answer: [204],
  },
})

test.each(['', '.', '..'])('does not remove %j', async id => {
  await using engine = connect({ host: 'unix:///nonexistent', env: {} })
  expect(await engineError(engine.networks.remove(id))).toMatchObject({ code: 'usage' })
})
