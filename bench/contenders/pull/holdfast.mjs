// SOCKET IMAGE TAG
import { connect } from '../holdfast.mjs'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socket, fromImage, tag] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)
await repeat(warmUp, 1, () => engine.system.ping())
let steps = 0
let last
const results = await measured(async () => {
  for await (const step of await engine.images.pull({ fromImage, tag })) {
    last = step
    steps++
  }
})
if (!/Status:/.test(last.status)) throw new Error(`the last step was ${JSON.stringify(last)}`)
report({ ...results, steps })
