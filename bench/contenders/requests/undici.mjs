// SOCKET PATH COUNT AT_ONCE
import { openPool, request } from '../../floors/undici.mjs'
import { measured, repeat, report, warmUp } from '../measured.mjs'

const [socket, path, count, atOnce] = process.argv.slice(2)
const pool = openPool(socket)
const json = path.endsWith('/json')
const ask = async () => {
  const body = await request(pool, 'GET', path)
  if (json) JSON.parse(body.toString())
}
await repeat(warmUp, Number(atOnce), ask)
const results = await measured(() => repeat(Number(count), Number(atOnce), ask))
report({ ...results, count: Number(count), memory: process.memoryUsage.rss() })
await pool.destroy()
