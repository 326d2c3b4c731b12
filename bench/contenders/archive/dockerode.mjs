// SOCKET put|get CONTAINER REMOTE LOCAL: a file or a folder, to or from a folder of the other side.
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import Docker from 'dockerode'
import tar from 'tar-fs'
import { measured, report } from '../measured.mjs'

const [socketPath, direction, id, remote, local] = process.argv.slice(2)
const container = new Docker({ socketPath }).getContainer(id)

const put = () =>
  container.putArchive(tar.pack(dirname(local), { entries: [basename(local)] }), { path: remote })

const get = async () => pipeline(await container.getArchive({ path: remote }), tar.extract(local))

report(await measured(direction === 'put' ? put : get))
