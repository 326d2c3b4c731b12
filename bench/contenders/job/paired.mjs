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

async function seconds(job) {
  const begun = performance.now()
  await job()
  return (performance.now() - begun) / 1000
}

const differences = []
const floors = []
for (let pair = -1; pair < Number(pairs); pair++) {
  // In turns first: what the Engine still does after a job falls on both.
  const floorFirst = pair % 2 === 0
  const first = await seconds(floorFirst ? floor.job : client.job)
  const second = await seconds(floorFirst ? client.job : floor.job)
  // The first pair warms up.
  if (pair < 0) continue
  differences.push(floorFirst ? second - first : first - second)
  floors.push(floorFirst ? first : second)
}
differences.sort((a, b) => a - b)
floors.sort((a, b) => a - b)
const at = (values, share) => values[Math.round((values.length - 1) * share)]
report({
  difference: at(differences, 0.5),
  low: at(differences, 0.25),
  high: at(differences, 0.75),
  floor: at(floors, 0.5),
})
floor.close()
await client.close()
