import { Writable } from 'node:stream'
import Docker from 'dockerode'

export function openClient({ socket, read, image, command, network }) {
  const totals = { bytes: 0, lines: 0 }
  // Without an agent of its own: docker-modem inspects such an agent, sockets and all, at each request.
  const docker = new Docker({ socketPath: socket })

  function counting() {
    let rest = ''
    return new Writable({
      write(chunk, _, done) {
        totals.bytes += chunk.length
        if (read === 'lines') {
          const lines = (rest + chunk.toString()).split('\n')
          rest = lines.pop()
          totals.lines += lines.length
        }
        done()
      },
    })
  }

  async function job() {
    const options = { Tty: false, HostConfig: { NetworkMode: network } }
    const [, container] = await docker.run(image, command, [counting(), counting()], options)
    await container.remove({ v: true })
  }

  return { totals, job, close() {} }
}
