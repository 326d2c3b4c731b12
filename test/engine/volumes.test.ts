import { expect, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import { engineError } from '../support/errors.ts'
import { testOperations } from './operations.ts'

const volume = { Name: 'v', Labels: { a: 'b' }, CreatedAt: '2026-11-23T15:02:11Z' }

testOperations({
  create: {
    call: ({ volumes }) => volumes.create({ name: 'v', labels: { a: 'b' } }),
    sends: 'POST /volumes/create',
    type: 'application/json',
    body: '{"Name":"v","Labels":{"a":"b"}}',
    answer: [201, volume],
    gives: volume,
  },
  list: {
    call: ({ volumes }) => volumes.list({ filters: { label: ['a'] } }),
    sends: 'GET /volumes?filters=%7B%22label%22%3A%5B%22a%22%5D%7D',
    answer: [200, { Volumes: [volume], Warnings: null }],
    gives: [volume],
  },
  'list of none': {
    call: ({ volumes }) => volumes.list(),
    sends: 'GET /volumes',
    answer: [200, { Volumes: null }],
    gives: [],
  },
  inspect: {
    call: ({ volumes }) => volumes.inspect('a b'),
    sends: 'GET /volumes/a%20b',
    answer: [200, { ...volume, Options: { type: 'tmpfs' } }],
    gives: { ...volume, Options: { type: 'tmpfs' } },
  },
  remove: {
    call: ({ volumes }) => volumes.remove('a b'),
    sends: 'DELETE /volumes/a%20b',
    answer: [204],
  },
})

test.each(['', '.', '..'])('does not remove %j', async name => {
  await using engine = connect({ host: 'unix:///nonexistent', env: {} })
  expect(await engineError(engine.volumes.remove(name))).toMatchObject({ code: 'usage' })
})
