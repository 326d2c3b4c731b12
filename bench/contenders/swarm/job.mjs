// SOCKET COUNT IMAGE COMMAND...
import { connect, run } from '../holdfast.mjs'
import { measured, repeat, report } from '../measured.mjs'

const [socket, count, image, ...command] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)
const one = () => run({ engine, image, command, swarm: {} })

await one()
report({ count: Number(count), ...(await measured(() => repeat(Number(count), 1, one))) })
