import { testOperations } from './operations.ts'

const secret = { ID: 'x1', Spec: { Name: 'db', Labels: null } }

testOperations({
  inspect: {
    call: ({ secrets }) => secrets.inspect('a b'),
    sends: 'GET /secrets/a%20b',
    answer: [200, secret],
    gives: secret,
  },
})
