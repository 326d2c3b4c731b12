// SOCKET IMAGE TAG
import { lineReader, stream } from '../../floors/raw.mjs'
import { measured, report } from '../measured.mjs'

const [socket, image, tag] = process.argv.slice(2)
let steps = 0
let last
const read = lineReader(line => {
  last = JSON.parse(line)
  steps++
})
const results = await measured(() =>
  stream(socket, 'POST', `/images/create?fromImage=${image}&tag=${tag}`, read),
)
if (!/Status:/.test(last.status)) throw new Error(`the last step was ${JSON.stringify(last)}`)
report({ ...results, steps })
