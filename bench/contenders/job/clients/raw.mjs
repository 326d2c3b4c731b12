import { attach, Connection, frameReader, lineReader } from '../../../floors/raw.mjs'

/** Jobs by the fewest requests there can be, on bare sockets; the output is counted and dropped. */
export function openClient({ socket, read, atOnce, image, command, network }) {
  const totals = { bytes: 0, lines: 0, streaming: 0 }
  const free = Array.from({ length: atOnce }, () => ({
    control: new Connection(socket),
    waiting: new Connection(socket),
  }))

  const body = { Image: image, Cmd: command, HostConfig: { NetworkMode: network } }

  function reader() {
    const toLines = read === 'lines' ? lineReader(() => totals.lines++) : undefined
    return frameReader((buffer, from, to) => {
      totals.bytes += to - from
      toLines?.(buffer, from, to)
    })
  }

  async function jobOn({ control, waiting }) {
    const created = await control.request('POST', '/containers/create', body)
    const { Id } = JSON.parse(created.body.toString())
    const wait = waiting.begin('POST', `/containers/${Id}/wait?condition=next-exit`)
    const { socket: attached, ended } = await attach(socket, Id, reader())
    // A wait for the next exit that comes after it is never answered.
    await wait.begun
    const begun = performance.now()
    await control.request('POST', `/containers/${Id}/start`)
    await ended
    totals.streaming += (performance.now() - begun) / 1000
    attached.destroy()
    await wait.answer
    await control.request('DELETE', `/containers/${Id}?v=1`)
  }

  async function job() {
    const pair = free.pop()
    await jobOn(pair)
    free.push(pair)
  }

  function close() {
    for (const { control, waiting } of free) {
      control.close()
      waiting.close()
    }
  }

  return { totals, job, close }
}
