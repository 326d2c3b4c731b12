// CLIENT SOCKET READ WARM_UP COUNT AT_ONCE IMAGE COMMAND...
import { measured, repeat, report } from '../measured.mjs'

const [name, socket, read, warmUp, count, atOnce, image, ...command] = process.argv.slice(2)
const { openClient } = await import(`./clients/${name}.mjs`)
const client = openClient({ socket, read, atOnce: Number(atOnce), image, command })
await repeat(Number(warmUp), Number(atOnce), client.job)
const before = { ...client.totals }
const results = await measured(() => repeat(Number(count), Number(atOnce), client.job))
const totals = Object.entries(client.totals).map(([key, value]) => [key, value - before[key]])
report({ ...results, count: Number(count), ...Object.fromEntries(totals) })
await client.close()
