// CLIENT SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND...
// FIRST_COMMAND, as JSON, takes the command's place in the warm-up; NETWORK is that of the containers.
import { measured, repeat, report } from '../measured.mjs'

const [name, socket, read, warmUp, count, atOnce, image, ...command] = process.argv.slice(2)
const { FIRST_COMMAND, NETWORK: network } = process.env
const options = { socket, read, atOnce: Number(atOnce), image, command, network }
const { openClient } = await import(`./clients/${name}.mjs`)

const first = openClient({ ...options, ...(FIRST_COMMAND && { command: JSON.parse(FIRST_COMMAND) }) })
await repeat(Number(warmUp), Number(atOnce), first.job)
const client = FIRST_COMMAND ? openClient(options) : first
const before = { ...client.totals }
const results = await measured(() => repeat(Number(count), Number(atOnce), client.job))
const totals = Object.entries(client.totals).map(([key, value]) => [key, value - before[key]])
report({ ...results, count: Number(count), ...Object.fromEntries(totals) })
await first.close()
await client.close()
