// SOCKET IMAGE
import { lineReader, stream } from '../../floors/raw.mjs'
import { measured, report } from '../measured.mjs'

const [socket, image] = process.argv.slice(2)
let last
const read = lineReader(line => {
  last = JSON.parse(line)
})
const results = await measured(() =>
  stream(socket, 'POST', `/images/create?fromImage=${encodeURIComponent(image)}`, read),
)
if (!/Status:/.test(last.status)) throw new Error(`the last line was ${JSON.stringify(last)}`)
report(results)
