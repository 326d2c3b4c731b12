// KIND SOCKET COUNT IMAGE COMMAND...
// KIND is plain, or job: with a key, and with a reader of its output.
import { connect, run } from '../holdfast.mjs'
import { holdQuiet } from './quiet.mjs'

const [kind, socket, count, image, ...command] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)
let jobs = 0

await holdQuiet(Number(count), async () => {
  const { promise: started, resolve } = Promise.withResolvers()
  const onEvent = ({ type }) => {
    if (type === 'started') resolve()
  }
  const key = kind === 'job' ? { job: `quiet-${++jobs}` } : {}
  const job = run({ engine, image, command, onEvent, ...key })
  const outcome = kind === 'job' ? read(job) : job.then(outcome => outcome)
  await Promise.race([started, outcome])
  return async () => {
    await job.kill()
    await outcome
  }
})

async function read(job) {
  for await (const _ of job.chunks());
  return job
}
