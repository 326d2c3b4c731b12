import { constants, type Dirent, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { NewArchiveEntry } from '../../engine/streams/archive-entry.ts'
import { CopyError } from './copy-error.ts'
import { Directory } from './directory.ts'
import type { HostSource } from './host-source.ts'
import type { Transfer } from './transfer.ts'

/** A file of up to that many bytes is read whole, together with others. */
const smallFile = 64 * 1024
const batch = 64
const pieceSize = 256 * 1024
// Without waiting for a writer, if a FIFO has just taken the file's place.
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The entries of an archive of that source, whose root is called `name`; without a name, of what is in it. Links are packed
 * as links. Devices, FIFOs and sockets are left out, and never read.
 */
export async function* walk(
  { path, isDirectory }: HostSource,
  name: string | undefined,
  transfer: Transfer,
): AsyncGenerator<NewArchiveEntry, void, undefined> {
  const walking = new Walk(transfer)
  if (isDirectory) {
    await using directory = await Directory.open(path)
    if (name !== undefined) yield walking.count({ entry: directoryEntry(name, await directory.stat()) })
    yield* walking.below(directory, name === undefined ? '' : `${name}/`)
  } else {
    await using parent = await Directory.open(dirname(path))
    yield walking.count(await findFile(parent, basename(path), name ?? basename(path)))
  }
}

interface Found {
  entry: NewArchiveEntry
  /** Identifies a file that has several names. */
  identity?: string
}

class Walk {
  readonly #transfer: Transfer
  /** The first name of each file that has several. */
  readonly #names = new Map<string, string>()

  constructor(transfer: Transfer) {
    this.#transfer = transfer
  }

  async *below(directory: Directory, prefix: string): AsyncGenerator<NewArchiveEntry, void, undefined> {
    const all = await readdir(directory.at(), { withFileTypes: true })
    all.sort((one, other) => (one.name < other.name ? -1 : 1))
    for (let at = 0; at < all.length; at += batch) {
      const some = all.slice(at, at + batch)
      const found = await Promise.all(some.map(dirent => this.#find(directory, dirent, prefix + dirent.name)))
      for (const one of found) {
        if (one === undefined) continue
        const entry = this.count(one)
        yield entry
        if (entry.type !== 'directory') continue
        await using child = await directory.child(basename(entry.name))
        yield* this.below(child, `${entry.name}/`)
      }
    }
  }

  async #find(directory: Directory, dirent: Dirent, name: string): Promise<Found | undefined> {
    if (dirent.isFile()) return findFile(directory, dirent.name, name)
    const stats = await lstat(directory.at(dirent.name))
    if (stats.isDirectory()) return { entry: directoryEntry(name, stats) }
    if (stats.isSymbolicLink()) {
      const linkname = await readlink(directory.at(dirent.name))
      return { entry: { ...facts(stats), name, type: 'symlink', linkname } }
    }
    this.#transfer.omit(name, 'it is a device, a FIFO or a socket')
    return undefined
  }

  /** The entry, counted. A file that came before under another name is a hard link to that. */
  count({ entry, identity }: Found): NewArchiveEntry {
    const first = identity === undefined ? undefined : this.#names.get(identity)
    if (identity !== undefined && first === undefined) this.#names.set(identity, entry.name)
    const { content, size = 0, ...rest } = entry
    if (first !== undefined) {
      this.#transfer.entry(0)
      return { ...rest, type: 'link', linkname: first }
    }
    this.#transfer.entry(size)
    if (typeof content === 'object' && Symbol.asyncIterator in content)
      return { ...entry, content: this.#counted(content) }
    this.#transfer.moved(size)
    return entry
  }

  async *#counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of content) {
      this.#transfer.moved(piece.length)
      yield piece
    }
  }
}

function directoryEntry(name: string, stats: Stats): NewArchiveEntry {
  return { ...facts(stats), name, type: 'directory' }
}

function facts({ mode, uid, gid, mtime }: Stats) {
  return { mode: mode & 0o7777, uid, gid, mtime }
}

async function findFile(directory: Directory, at: string, name: string): Promise<Found> {
  const path = directory.at(at)
  await using file = await open(path, readOnly)
  const stats = await file.stat()
  const { size } = stats
  if (!stats.isFile()) throw replaced(name)
  const content = size > smallFile ? pieces(path, name, size) : await readWhole(file, name, size)
  return {
    entry: { ...facts(stats), name, type: 'file', size, content },
    ...(stats.nlink > 1 && { identity: `${stats.dev}:${stats.ino}` }),
  }
}

async function readWhole(file: FileHandle, name: string, size: number): Promise<Uint8Array> {
  // One byte more than there should be, to see whether the file grows.
  const bytes = Buffer.allocUnsafe(size + 1)
  let filled = 0
  for (let read = 1; read !== 0 && filled <= size; filled += read)
    read = (await file.read(bytes, filled, size + 1 - filled, filled)).bytesRead
  if (filled !== size) throw changed(name, filled > size)
  return bytes.subarray(0, size)
}

async function* pieces(
  path: string,
  name: string,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await open(path, readOnly)
  if (!(await file.stat()).isFile()) throw replaced(name)
  for (let at = 0; at < size; ) {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, size - at))
    const { bytesRead } = await file.read(piece, 0, piece.length, at)
    if (bytesRead === 0) throw changed(name, false)
    yield piece.subarray(0, bytesRead)
    at += bytesRead
  }
  if ((await file.read(Buffer.alloc(1), 0, 1, size)).bytesRead > 0) throw changed(name, true)
}

function replaced(name: string): CopyError {
  return new CopyError(`${name} was replaced while it was read`)
}

function changed(name: string, grew: boolean): CopyError {
  const hint = 'Copy it once its writer has finished.'
  return new CopyError(`${name} ${grew ? 'grew' : 'shrank'} while it was read`, hint)
}
