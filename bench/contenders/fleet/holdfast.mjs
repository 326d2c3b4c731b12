// SOCKET COUNT IMAGE COMMAND...
import { connect, run } from '../holdfast.mjs'
import { holdQuiet } from './quiet.mjs'

const [socket, count, image, ...command] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)

await holdQuiet(Number(count), async () => {
  const { promise: started, resolve } = Promise.withResolvers()
  const onEvent = ({ type }) => {
    if (type === 'started') resolve()
  }
  const job = run({ engine, image, command, onEvent })
  const outcome = job.then(outcome => outcome)
  await Promise.race([started, outcome])
  return async () => {
    await job.kill()
    await outcome
  }
})
