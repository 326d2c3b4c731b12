// CLIENT SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND..., and FIRST_COMMAND, as JSON, to be run once before.
// NETWORK is that of the containers. STUB is a socket where jobs are run before all others, until V8 has compiled what it will.
import { jobsWarmUp, measured, repeat, report } from '../measured.mjs'

const [name, socket, read, warmUp, count, atOnce, image, ...command] = process.argv.slice(2)
const { openClient } = await import(`./clients/${name}.mjs`)
const options = { socket, read, atOnce: Number(atOnce), image, network: process.env.NETWORK }
if (process.env.FIRST_COMMAND) {
  const first = openClient({ ...options, command: JSON.parse(process.env.FIRST_COMMAND) })
  await first.job()
  await first.close()
}
if (process.env.STUB) {
  const first = openClient({ ...options, socket: process.env.STUB, command })
  await repeat(jobsWarmUp, 1, first.job)
  await first.close()
}
const client = openClient({ ...options, command })
await repeat(Number(warmUp), Number(atOnce), client.job)
const before = { ...client.totals }
const results = await measured(() => repeat(Number(count), Number(atOnce), client.job))
const totals = Object.entries(client.totals).map(([key, value]) => [key, value - before[key]])
report({ ...results, count: Number(count), ...Object.fromEntries(totals) })
await client.close()
