// SOCKET IMAGE
import Docker from 'dockerode'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socketPath, image] = process.argv.slice(2)
const docker = new Docker({ socketPath })
await repeat(warmUp, 1, () => docker.ping())
let last
const results = await measured(async () => {
  const stream = await docker.pull(image)
  const done = Promise.withResolvers()
  const finished = error => (error ? done.reject(error) : done.resolve())
  docker.modem.followProgress(stream, finished, message => {
    last = message
  })
  await done.promise
})
if (!/Status:/.test(last.status)) throw new Error(`the last message was ${JSON.stringify(last)}`)
report(results)
