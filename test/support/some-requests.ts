// A program of its own: sends the Engine at argv[2] what goes by different ways through undici, and prints what came back.
import { connect } from '../../src/engine/engine.ts'

// Node 22 runs this as it is, and has no `await using`.
const engine = connect({ host: process.argv[2] ?? '', env: {} })
const { apiVersion } = await engine.system.ping()
const { ID } = await engine.system.info()
const refusal = await engine.containers.start('nope').catch((error: unknown) => String(error))
const put = await engine.request({ method: 'PUT', path: '/x', body: piece() })
process.stdout.write(JSON.stringify({ apiVersion, ID, refusal, put: put.status }))
await engine.close()

async function* piece() {
  yield Buffer.from('abc')
}
