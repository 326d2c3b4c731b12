// SOCKET CONTAINER: reads a container's log to its end.
import { connect } from './holdfast.mjs'
import { measured, report } from './measured.mjs'

const [socket, container] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)
await engine.system.ping()
let bytes = 0
const results = await measured(async () => {
  const output = await engine.containers.logs(container, { tty: false })
  for await (const piece of output) bytes += piece.bytes.length
})
report({ ...results, bytes })
