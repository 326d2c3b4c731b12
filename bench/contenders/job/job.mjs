// CLIENT SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND..., and FIRST_COMMAND, as JSON, to be run once before.
// NETWORK is that of the containers. STUB is a socket where jobs are run before all others.
import { measured, repeat, report } from '../measured.mjs'
import { warmedUp } from './warmed.mjs'

const [name, socket, read, warmUp, count, atOnce, image, ...command] = process.argv.slice(2)
const options = { socket, read, atOnce: Number(atOnce), image, command, network: process.env.NETWORK }
const { client, close } = await warmedUp(name, options)
await repeat(Number(warmUp), Number(atOnce), client.job)
const before = { ...client.totals }
const results = await measured(() => repeat(Number(count), Number(atOnce), client.job))
const totals = Object.entries(client.totals).map(([key, value]) => [key, value - before[key]])
report({ ...results, count: Number(count), ...Object.fromEntries(totals) })
await close()
