// SOCKET PATH COUNT AT_ONCE
import Docker from 'dockerode'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socketPath, path, count, atOnce] = process.argv.slice(2)
const [, image] = /^\/images\/(.*)\/json$/.exec(path) ?? []
const docker = new Docker({ socketPath })
const ask = image === undefined ? () => docker.ping() : () => docker.getImage(image).inspect()
await repeat(warmUp, Number(atOnce), ask)
const results = await measured(() => repeat(Number(count), Number(atOnce), ask))
report({ ...results, count: Number(count), memory: process.memoryUsage.rss() })
