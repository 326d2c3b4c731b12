// SOCKET put|get CONTAINER REMOTE LOCAL: a file or a folder, to or from a folder of the other side.
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { connect, packArchive, unpackArchive } from '../holdfast.mjs'
import { measured, report } from '../measured.mjs'

const [socket, direction, container, remote, local] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)

async function* entries() {
  const { size, mode, mtime } = await stat(local)
  if ((mode & 0o170000) === 0o100000) {
    const content = createReadStream(local, { highWaterMark: 1024 * 1024 })
    yield { name: basename(local), size, mode: mode & 0o7777, mtime, content }
    return
  }
  for (const entry of await readdir(local, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(dirname(local), path)
    if (entry.isDirectory()) yield { name, type: 'directory', mode: 0o755 }
    else yield { name, mode: 0o644, content: await readFile(path) }
  }
}

const put = () => engine.containers.putArchive(container, remote, packArchive(entries()))

async function get() {
  const { archive } = await engine.containers.getArchive(container, remote)
  for await (const { name, type, mode, content } of unpackArchive(archive)) {
    const path = join(local, name)
    if (type === 'directory') await mkdir(path, { recursive: true })
    else if (type === 'file') await writeFile(path, content, { mode })
  }
}

report(await measured(direction === 'put' ? put : get))
