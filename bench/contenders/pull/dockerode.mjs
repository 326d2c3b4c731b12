// SOCKET IMAGE TAG
import Docker from 'dockerode'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socketPath, image, tag] = process.argv.slice(2)
const docker = new Docker({ socketPath })
await repeat(warmUp, 1, () => docker.ping())
let steps = 0
let last
const results = await measured(async () => {
  const stream = await docker.createImage({ fromImage: image, tag })
  const done = Promise.withResolvers()
  // The list of all steps, which it keeps for the end, can't be switched off.
  const finished = error => (error ? done.reject(error) : done.resolve())
  docker.modem.followProgress(stream, finished, step => {
    last = step
    steps++
  })
  await done.promise
})
if (!/Status:/.test(last.status)) throw new Error(`the last step was ${JSON.stringify(last)}`)
report({ ...results, steps })
