import { begin, openPool, request } from '../../../floors/undici.mjs'

/** All requests that holdfast makes, by undici alone; the output is counted, frames and all. */
export function openClient({ socket, image, command, network }) {
  const totals = { bytes: 0, lines: 0 }
  const pool = openPool(socket)

  const inspect = async path => JSON.parse((await request(pool, 'GET', path)).toString())

  async function job() {
    await inspect(`/images/${image}/json`)
    const created = await request(pool, 'POST', '/containers/create', {
      json: { Image: image, Cmd: command, HostConfig: { NetworkMode: network } },
    })
    const { Id } = JSON.parse(created.toString())
    const attach = `/containers/${Id}/attach?stream=1&stdout=1&stderr=1`
    const wait = begin(pool, 'POST', `/containers/${Id}/wait?condition=next-exit`)
    const attached = await request(pool, 'POST', attach, { upgrade: 'tcp' })
    const ended = Promise.withResolvers()
    attached.on('data', bytes => {
      totals.bytes += bytes.length
    })
    attached.on('end', ended.resolve)
    await wait.begun
    await request(pool, 'POST', `/containers/${Id}/start`)
    await ended.promise
    attached.destroy()
    await wait.answer
    await request(pool, 'GET', `/containers/${Id}/logs?stdout=1&stderr=1&timestamps=1`)
    await inspect(`/containers/${Id}/json`)
    await request(pool, 'DELETE', `/containers/${Id}?v=1`)
  }

  return { totals, job, close: () => pool.destroy() }
}
