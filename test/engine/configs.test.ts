import { testOperations } from './operations.ts'

const config = { ID: 'x1', Spec: { Name: 'db', Labels: null } }

testOperations({
  inspect: {
    call: ({ configs }) => configs.inspect('a b'),
    sends: 'GET /configs/a%20b',
    answer: [200, config],
    gives: config,
  },
})
