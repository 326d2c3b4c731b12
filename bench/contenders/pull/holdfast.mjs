// SOCKET IMAGE client|run: pulls by the client alone, or with credentials, limits, retries and verification.
import { connect, pull } from '../holdfast.mjs'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socket, image, how] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)
await repeat(warmUp, 1, () => engine.system.ping())

async function pullAlone() {
  let last
  const [fromImage, tag] = image.split(/:(?=\w+$)/)
  await engine.images.pull({ fromImage, tag, onProgress: message => (last = message) })
  if (!/Status:/.test(last.status)) throw new Error(`the last message was ${JSON.stringify(last)}`)
}

report(
  await measured(
    how === 'client' ? pullAlone : async () => void (await pull({ engine, image, onEvent() {} })),
  ),
)
