// CLIENT SOCKET PAIRS IMAGE COMMAND...: how much longer a client's job takes than a bare socket's, pair by pair.
// STUB is a socket where jobs are run before, until V8 has compiled what it will.
import { jobsWarmUp, repeat, report } from '../measured.mjs'

const [name, socket, pairs, image, ...command] = process.argv.slice(2)
// The host's network takes the Engine half the time, and varies less.
const options = { read: 'bytes', atOnce: 1, image, command, network: 'host' }

async function open(client) {
  const { openClient } = await import(`./clients/${client}.mjs`)
  if (process.env.STUB) {
    const first = openClient({ ...options, socket: process.env.STUB })
    await repeat(jobsWarmUp, 1, first.job)
    await first.close()
  }
  return openClient({ ...options, socket })
}

const [floor, client] = [await open('raw'), await open(name)]

/** The whole of a job, and what of it is not between the request to start and the exit, where the Engine’s time varies. */
async function timed({ job, totals }) {
  const running = totals.running
  const begun = performance.now()
  await job()
  const whole = (performance.now() - begun) / 1000
  return { whole, around: whole - (totals.running - running) }
}

const results = { whole: [], around: [], floor: [] }
for (let pair = -1; pair < Number(pairs); pair++) {
  // In turns first: what the Engine still does after a job falls on both.
  const floorFirst = pair % 2 === 0
  const first = await timed(floorFirst ? floor : client)
  const second = await timed(floorFirst ? client : floor)
  // The first pair warms up.
  if (pair < 0) continue
  const [base, own] = floorFirst ? [first, second] : [second, first]
  results.whole.push(own.whole - base.whole)
  results.around.push(own.around - base.around)
  results.floor.push(base.whole)
}
const middle = values => values.sort((a, b) => a - b)[values.length >> 1]
report({
  whole: middle(results.whole),
  around: middle(results.around),
  floor: middle(results.floor),
})
floor.close()
await client.close()
