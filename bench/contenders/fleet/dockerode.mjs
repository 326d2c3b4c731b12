// SOCKET COUNT IMAGE COMMAND...
import { Writable } from 'node:stream'
import Docker from 'dockerode'
import { holdQuiet } from './quiet.mjs'

const [socketPath, count, image, ...command] = process.argv.slice(2)
const docker = new Docker({ socketPath })
const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() })

await holdQuiet(Number(count), async () => {
  const container = await docker.createContainer({ Image: image, Cmd: command })
  const stream = await container.attach({ stream: true, stdout: true, stderr: true, hijack: true })
  container.modem.demuxStream(stream, sink(), sink())
  const exited = container.wait({ condition: 'next-exit' })
  await container.start()
  return async () => {
    await container.kill()
    await exited
    stream.destroy()
    await container.remove({ v: true })
  }
})
