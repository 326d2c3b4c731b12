// CLIENT SOCKET PAIRS IMAGE COMMAND...: how much longer a client's job takes than a bare socket's, pair by pair.
// STUB is a socket where jobs are run before.
import { report } from '../measured.mjs'
import { warmedUp } from './warmed.mjs'

const [name, socket, pairs, image, ...command] = process.argv.slice(2)
// The host's network takes the Engine half the time, and varies less.
const options = { socket, read: 'bytes', atOnce: 1, image, command, network: 'host' }

const bare = await warmedUp('raw', options)
const own = await warmedUp(name, options)

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
  const [former, latter] = floorFirst ? [bare, own] : [own, bare]
  const first = await timed(former.client)
  const second = await timed(latter.client)
  // The first pair warms up.
  if (pair < 0) continue
  const [floor, ours] = floorFirst ? [first, second] : [second, first]
  results.whole.push(ours.whole - floor.whole)
  results.around.push(ours.around - floor.around)
  results.floor.push(floor.whole)
}
const middle = values => values.sort((a, b) => a - b)[values.length >> 1]
report({
  whole: middle(results.whole),
  around: middle(results.around),
  floor: middle(results.floor),
})
await bare.close()
await own.close()
