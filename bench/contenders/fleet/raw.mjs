// SOCKET COUNT IMAGE COMMAND...
import { attach, Connection } from '../../floors/raw.mjs'
import { holdQuiet } from './quiet.mjs'

const [socket, count, image, ...command] = process.argv.slice(2)
const control = new Connection(socket)
let queue = Promise.resolve()
const ask = (...request) => {
  queue = queue.then(() => control.request(...request))
  return queue
}

await holdQuiet(Number(count), async () => {
  const { body } = await ask('POST', '/containers/create', { Image: image, Cmd: command })
  const { Id } = JSON.parse(body.toString())
  const waiting = new Connection(socket)
  const wait = waiting.begin('POST', `/containers/${Id}/wait?condition=next-exit`)
  const { socket: attached, ended } = await attach(socket, Id, () => undefined)
  await wait.begun
  await ask('POST', `/containers/${Id}/start`)
  return async () => {
    await ask('POST', `/containers/${Id}/kill`)
    await Promise.all([ended, wait.answer])
    attached.destroy()
    waiting.close()
    await ask('DELETE', `/containers/${Id}?v=1`)
  }
})
control.close()
