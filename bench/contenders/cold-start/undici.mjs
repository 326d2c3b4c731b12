import { openPool, request } from '../../floors/undici.mjs'

const [socket, image] = process.argv.slice(2)
const pool = openPool(socket)
if (!JSON.parse((await request(pool, 'GET', `/images/${image}/json`)).toString()).Id)
  throw new Error('no image')
await pool.destroy()
