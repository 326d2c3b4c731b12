// SOCKET COUNT SECONDS IMAGE COMMAND...
import { subscribe } from 'node:diagnostics_channel'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, run } from '../holdfast.mjs'
import { measured, report } from '../measured.mjs'

const [socket, count, seconds, image, ...command] = process.argv.slice(2)
/** Milliseconds in which a job is looked at more often. */
const young = 11_000

await using engine = connect(`unix://${socket}`)
const controller = new AbortController()
const { promise: allSeen, resolve } = Promise.withResolvers()
let waiting = Number(count)
const onEvent = ({ type }) => {
  if (type === 'task' && --waiting === 0) resolve()
}
const options = { engine, image, command, onEvent, signal: controller.signal, reject: false }
const swarm = { constraints: ['node.labels.bench==none'] }
const jobs = Array.from({ length: Number(count) }, () => run({ ...options, swarm }))
await Promise.race([allSeen, ...jobs])
await delay(young)

let requests = 0
subscribe('undici:request:create', () => requests++)
const { seconds: took, cpu } = await measured(async () => {
  await delay(Number(seconds) * 1000)
})
report({ requests: requests / took, cpu: cpu / took })
controller.abort()
await Promise.all(jobs)
