// SOCKET COUNT IMAGE COMMAND...
import { begin, openPool, request } from '../../floors/undici.mjs'
import { holdQuiet } from './quiet.mjs'

const [socketPath, count, image, ...command] = process.argv.slice(2)
const pool = openPool(socketPath)

await holdQuiet(Number(count), async () => {
  JSON.parse((await request(pool, 'GET', `/images/${image}/json`)).toString())
  const created = await request(pool, 'POST', '/containers/create', { json: { Image: image, Cmd: command } })
  const { Id } = JSON.parse(created.toString())
  const attach = `/containers/${Id}/attach?stream=1&stdout=1&stderr=1`
  const socket = await request(pool, 'POST', attach, { upgrade: 'tcp' })
  socket.resume()
  const wait = begin(pool, 'POST', `/containers/${Id}/wait?condition=next-exit`)
  await wait.begun
  await request(pool, 'POST', `/containers/${Id}/start`)
  return async () => {
    await request(pool, 'POST', `/containers/${Id}/kill`)
    await wait.answer
    JSON.parse((await request(pool, 'GET', `/containers/${Id}/json`)).toString())
    socket.destroy()
    await request(pool, 'DELETE', `/containers/${Id}?v=1`)
  }
})
await pool.destroy()
