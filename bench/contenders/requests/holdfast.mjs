// SOCKET PATH COUNT AT_ONCE
import { connect } from '../holdfast.mjs'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socket, path, count, atOnce] = process.argv.slice(2)
const [, image] = /^\/images\/(.*)\/json$/.exec(path) ?? []
await using engine = connect(`unix://${socket}`)
const ask = image === undefined ? () => engine.system.ping() : () => engine.images.inspect(image)
await repeat(warmUp, Number(atOnce), ask)
const results = await measured(() => repeat(Number(count), Number(atOnce), ask))
report({ ...results, count: Number(count), memory: process.memoryUsage.rss() })
