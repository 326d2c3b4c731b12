// SOCKET PATH COUNT AT_ONCE
import { Connection } from '../../floors/raw.mjs'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socket, path, count, atOnce] = process.argv.slice(2)
const connections = Array.from({ length: Number(atOnce) }, () => new Connection(socket))
const json = path.endsWith('/json')
const ask = async index => {
  const { status, body } = await connections[index].request('GET', path)
  if (status !== 200) throw new Error(`${path}: ${status}`)
  if (json) JSON.parse(body.toString())
}
await repeat(warmUp, connections.length, ask)
const results = await measured(() => repeat(Number(count), connections.length, ask))
report({ ...results, count: Number(count), memory: process.memoryUsage.rss() })
for (const connection of connections) connection.close()
