import { pipeline, Readable } from 'node:stream'
import { pipeline as copy } from 'node:stream/promises'
import type { Header, Pack } from 'tar-stream'
import { EngineError } from './error.ts'

/** A file, folder or link in a tar archive. */
export interface ArchiveEntry {
  name: string
  type:
    | 'file'
    | 'directory'
    | 'symlink'
    | 'link'
    | 'character-device'
    | 'block-device'
    | 'fifo'
    | 'contiguous-file'
  /** Permission bits, as `0o644`. */
  mode: number
  uid: number
  gid: number
  /** Bytes. */
  size: number
  mtime: Date
  /** Where a link points. */
  linkname?: string
  /** A file's bytes. When reading an archive: to be read, or left, before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>
}

/** What an entry to be packed must tell; a file needs `content`, and `size` unless its content is bytes or text. */
export type NewArchiveEntry = Partial<Omit<ArchiveEntry, 'content'>> & {
  name: string
  content?: Uint8Array | string | AsyncIterable<Uint8Array>
}

/** Writes a tar archive, entry by entry, as fast as it is read. */
export async function* packArchive(
  entries: Iterable<NewArchiveEntry> | AsyncIterable<NewArchiveEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { pack } = await import('tar-stream')
  const archive = pack()
  const written = (async () => {
    for await (const { content, ...header } of entries) await writeEntry(archive, header, content)
    archive.finalize()
  })().catch(error => archive.destroy(error))
  try {
    for await (const chunk of archive) yield toBytes(chunk)
  } finally {
    archive.destroy()
    await written
  }
}

async function writeEntry(
  archive: Pack,
  header: Partial<Header> & { name: string },
  content: NewArchiveEntry['content'],
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve())
    if (bytes === undefined || bytes instanceof Uint8Array) archive.entry(header, bytes ?? '', done)
    else copy(bytes, archive.entry(header, done)).catch(reject)
  })
}

/** Reads a tar archive, entry by entry, as it arrives. */
export async function* unpackArchive(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const { extract } = await import('tar-stream')
  const archive = extract()
  pipeline(Readable.from(bytes, { objectMode: false }), archive, () => undefined)
  for await (const entry of archive) {
    const chunks = contentOf(entry)[Symbol.asyncIterator]()
    yield toEntry(entry.header, chunksOf(chunks))
    // What was left stands before the next entry.
    for (let left = await chunks.next(); !left.done; left = await chunks.next());
  }
}

// Two headers make tar-stream wait for ever: a folder that tells a size, and a size that is no number.
function contentOf(entry: AsyncIterable<unknown> & { header: Header }): AsyncIterable<unknown> {
  if (entry.header.size === null) throw new EngineError('bad-answer', 'the archive tells no size of a file')
  return entry.header.type === 'directory' ? Readable.from([]) : entry
}

// Leaving early must not close the entry: tar-stream would take the whole archive with it.
async function* chunksOf(chunks: AsyncIterator<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield toBytes(next.value)
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('tar-stream gave something other than bytes')
}

function toEntry(header: Header, content: AsyncIterable<Uint8Array>): ArchiveEntry {
  const { name, type, mode, uid, gid, size, mtime, linkname } = header
  return { name, type, mode, uid, gid, size, mtime, ...(linkname && { linkname }), content }
}
