// CLIENT SOCKET PAIRS IMAGE COMMAND...: how much longer a client's job takes than a bare socket's, pair by pair.
import { report } from '../measured.mjs'

const [name, socket, pairs, image, ...command] = process.argv.slice(2)
const options = { socket, read: 'bytes', atOnce: 1, image, command }
const open = async client => (await import(`./clients/${client}.mjs`)).openClient(options)
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
