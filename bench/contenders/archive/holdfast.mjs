// SOCKET put|get CONTAINER REMOTE LOCAL: a file or a folder, to or from a folder of the other side.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { connect, packArchive, unpackArchive } from '../holdfast.mjs'
import { measured, report } from '../measured.mjs'

const [socket, direction, container, remote, local] = process.argv.slice(2)
await using engine = connect(`unix://${socket}`)

const mebibyte = 2 ** 20

const put = () => engine.containers.putArchive(container, remote, packArchive(entries()))

async function* entries() {
  const { size, mode, mtime } = await stat(local)
  if ((mode & 0o170000) === 0o100000) {
    yield { name: basename(local), size, mode: mode & 0o7777, mtime, content: contentOf(local) }
    return
  }
  for (const entry of await readdir(local, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(dirname(local), path)
    if (entry.isDirectory()) yield { name, type: 'directory', mode: 0o755 }
    // A small file is read at once: a way through the thread pool takes several times as long.
    else yield { name, mode: 0o644, content: readFileSync(path) }
  }
}

/** A file, through one buffer: putArchive() is done with it when it asks for the next piece. */
async function* contentOf(path) {
  await using file = await open(path)
  const buffer = Buffer.allocUnsafe(mebibyte)
  for (;;) {
    const { bytesRead } = await file.read(buffer)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function get() {
  const { archive } = await engine.containers.getArchive(container, remote)
  for await (const { name, type, mode, size, content } of unpackArchive(archive)) {
    const path = join(local, name)
    if (type === 'directory') mkdirSync(path, { recursive: true })
    else if (type === 'file' && size > mebibyte) await writeBig(path, mode, content)
    else if (type === 'file') await writeSmall(path, mode, content, size)
  }
}

async function writeSmall(path, mode, content, size) {
  const bytes = Buffer.allocUnsafe(size)
  let filled = 0
  for await (const piece of content) {
    bytes.set(piece, filled)
    filled += piece.length
  }
  writeFileSync(path, bytes, { mode })
}

/** Piece by piece, at once: a way through the thread pool for each MiB takes a tenth longer. */
async function writeBig(path, mode, content) {
  await using file = await open(path, 'w', mode)
  for await (const piece of content) writeFileSync(file.fd, piece)
}

report(await measured(direction === 'put' ? put : get))
