import { constants } from 'node:fs'
import { chmod, type FileHandle, link, lstat, mkdir, open, symlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ArchiveEntry } from '../../engine/streams/archive-entry.ts'
import { CopyError } from './copy-error.ts'
import type { Directory } from './directory.ts'
import { checkLink, nameParts, partsBelow, Refusal } from './entry-name.ts'
import { codeOf } from './system-error.ts'
import type { Transfer } from './transfer.ts'

/** A file of up to that many bytes is written while the next entries are read. */
const smallFile = 64 * 1024
const mostUnderWay = 16
/** Bytes of a larger file that are written at once. */
const writeSize = 512 * 1024
/** Symbolic links are kept in memory until all else is written. */
const mostLinkBytes = 32 * 2 ** 20
const createOnly = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** Where an archive is unpacked: an empty directory that is closed to other users, and the name of the root in it. */
export interface Staged {
  staged: Directory
  name: string
}

/**
 * Unpacks an archive of one file or directory. Names, sizes, kinds and links of its entries are not trusted: an entry
 * that can't be made safely is left out, and noted in `transfer`.
 *
 * Symbolic links are made at the end: while anything is written there is none that a path could lead through.
 */
export async function extract(
  entries: AsyncIterable<ArchiveEntry>,
  at: Staged,
  transfer: Transfer,
): Promise<void> {
  let extraction: Extraction | undefined
  try {
    for await (const entry of entries) {
      transfer.entry(entry.size)
      extraction ??= new Extraction(rootOf(entry), at, transfer)
      await extraction.take(entry)
    }
    if (extraction === undefined) throw new CopyError('the Engine sent an empty archive')
    await extraction.finish()
  } finally {
    await extraction?.settled()
  }
}

/** The first entry is the root of the others. */
function rootOf({ name, type }: ArchiveEntry): string[] {
  if (!isFile(type) && type !== 'directory') throw new CopyError('it is neither a file nor a directory')
  try {
    return nameParts(name)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new CopyError(`the Engine sent an archive that can not be used: ${error.message}`, undefined, {
      cause: error,
    })
  }
}

function isFile(type: ArchiveEntry['type']): boolean {
  return type === 'file' || type === 'contiguous-file'
}

class Extraction {
  readonly #root: readonly string[]
  readonly #at: Staged
  readonly #transfer: Transfer
  readonly #links: Array<{ name: string; parts: string[]; target: string }> = []
  #linkBytes = 0
  /** Small files that are being written. */
  readonly #underWay = new Set<Promise<void>>()
  #failure: { error: unknown } | undefined

  constructor(root: readonly string[], at: Staged, transfer: Transfer) {
    this.#root = root
    this.#at = at
    this.#transfer = transfer
  }

  async take(entry: ArchiveEntry): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error
    await this.#orOmit(entry.name, () => this.#make(entry, partsBelow(this.#root, entry.name)))
  }

  async #make(entry: ArchiveEntry, parts: string[]): Promise<void> {
    const { type, mode, linkname = '' } = entry
    if (isFile(type)) await this.#file(entry, parts)
    else if (type === 'directory') await this.#directory(parts, mode)
    else if (type === 'symlink') await this.#postpone(entry.name, parts, linkname)
    else if (type === 'link') await this.#hardLink(parts, linkname)
    else throw new Refusal(`it is ${kinds[type] ?? 'of a kind that can not be copied'}`)
  }

  #path(parts: readonly string[]): string {
    return this.#at.staged.at([this.#at.name, ...parts].join('/'))
  }

  // The owner keeps the right to write, or could not remove what is in it.
  async #directory(parts: string[], mode: number): Promise<void> {
    const path = this.#path(parts)
    await this.#inParent(path, () => mkdir(path)).catch(async error => {
      if (codeOf(error) !== 'EEXIST' || !(await lstat(path)).isDirectory()) throw error
    })
    await chmod(path, (mode & 0o777) | 0o700)
  }

  async #file(entry: ArchiveEntry, parts: string[]): Promise<void> {
    const path = this.#path(parts)
    if ((entry.mode & 0o7000) !== 0)
      this.#transfer.omit(entry.name, 'copied without its setuid, setgid or sticky bit')
    if (entry.size > smallFile) return this.#inParent(path, () => this.#write(path, entry, entry.content))
    const pieces: Uint8Array[] = []
    for await (const piece of entry.content) pieces.push(piece)
    while (this.#underWay.size >= mostUnderWay) await Promise.race(this.#underWay)
    const writing = this.#orOmit(entry.name, () =>
      this.#inParent(path, () => this.#write(path, entry, pieces)),
    )
      .catch(error => {
        this.#failure ??= { error }
      })
      .finally(() => this.#underWay.delete(writing))
    this.#underWay.add(writing)
  }

  async #write(
    path: string,
    { mode, mtime }: ArchiveEntry,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const file = await open(path, createOnly, 0o600)
    try {
      for await (const pieces of gathered(content)) this.#transfer.moved(await writeAll(file, pieces))
      await file.chmod(mode & 0o777)
      if (!Number.isNaN(mtime.getTime())) await file.utimes(mtime, mtime)
    } finally {
      await file.close()
    }
  }

  async #hardLink(parts: string[], linkname: string): Promise<void> {
    await this.settled()
    const path = this.#path(parts)
    const target = this.#path(partsBelow(this.#root, linkname))
    const there = await lstat(target).catch(() => undefined)
    if (!there?.isFile()) throw new Refusal('it is a hard link to something that is not a file of the copy')
    await this.#inParent(path, () => link(target, path))
  }

  async #postpone(name: string, parts: string[], target: string): Promise<void> {
    checkLink(parts, target)
    this.#linkBytes += Buffer.byteLength(name) + Buffer.byteLength(target)
    if (this.#linkBytes > mostLinkBytes)
      throw new CopyError('its symbolic links have too many and too long names')
    await mkdir(dirname(this.#path(parts)), { recursive: true })
    this.#links.push({ name, parts, target })
  }

  /** Makes the symbolic links. Their directories are there, so that none of them can be made through another. */
  async finish(): Promise<void> {
    await this.settled()
    if (this.#failure !== undefined) throw this.#failure.error
    for (const { name, parts, target } of this.#links)
      await this.#orOmit(name, () => symlink(target, this.#path(parts)))
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  /** Makes a directory that the archive has no entry for. */
  async #inParent(path: string, make: () => Promise<void>): Promise<void> {
    try {
      await make()
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      await mkdir(dirname(path), { recursive: true })
      await make()
    }
  }

  async #orOmit(name: string, make: () => Promise<void>): Promise<void> {
    try {
      await make()
    } catch (error) {
      const reason = error instanceof Refusal ? error.message : faults[codeOf(error) ?? '']
      if (reason === undefined) throw error
      this.#transfer.omit(name, reason)
    }
  }
}

const kinds: Partial<Record<string, string>> = {
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a FIFO',
}

/** What the file system says of an entry that can't be made. All else ends the copy. */
const faults: Partial<Record<string, string>> = {
  EEXIST: 'another entry has this name, or one that the file system takes for it',
  ENOTDIR: 'it is below something that is not a directory',
  EMLINK: 'it has more hard links than the file system takes',
  EISDIR: 'another entry has this name, or one that the file system takes for it',
  ENAMETOOLONG: 'its name is too long',
  EILSEQ: 'the file system does not take its name',
  EINVAL: 'the file system does not take its name',
}

/** The same pieces, as many at once as are worth a call to the file system. */
async function* gathered(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array[], void, undefined> {
  let some: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces) {
    some.push(piece)
    size += piece.length
    if (size < writeSize) continue
    yield some
    some = []
    size = 0
  }
  if (size > 0) yield some
}

async function writeAll(file: FileHandle, pieces: Uint8Array[]): Promise<number> {
  const size = pieces.reduce((sum, { length }) => sum + length, 0)
  let { bytesWritten } = await file.writev(pieces)
  if (bytesWritten === size) return size
  const rest = Buffer.concat(pieces)
  while (bytesWritten < size) bytesWritten += (await file.write(rest, bytesWritten)).bytesWritten
  return size
}
