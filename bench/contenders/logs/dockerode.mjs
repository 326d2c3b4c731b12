// SOCKET CONTAINER
import { once } from 'node:events'
import { Writable } from 'node:stream'
import Docker from 'dockerode'
import { measured, report } from '../measured.mjs'

const [socketPath, name] = process.argv.slice(2)
const docker = new Docker({ socketPath })
await docker.ping()
let bytes = 0
const counting = new Writable({
  write(chunk, _, done) {
    bytes += chunk.length
    done()
  },
})
const results = await measured(async () => {
  const container = docker.getContainer(name)
  const stream = await container.logs({ follow: true, stdout: true, stderr: true })
  docker.modem.demuxStream(stream, counting, counting)
  await once(stream, 'end')
})
report({ ...results, bytes })
