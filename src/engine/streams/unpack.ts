import { Readable } from 'node:stream'
import type { Extract, Header } from 'tar-stream'
import { EngineError } from '../error.ts'
import { type ArchiveEntry, toBytes } from './archive-entry.ts'

/**
 * Reads a tar archive, entry by entry, as it arrives.
 *
 * @example
 * ```ts
 * import { unpackArchive } from 'holdfast'
 *
 * await using engine = connect()
 * const { archive } = await engine.containers.getArchive('app', '/var/log')
 * for await (const { name, size } of unpackArchive(archive)) console.log(name, size)
 * ```
 */
export async function* unpackArchive(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const { extract } = await import('tar-stream')
  const archive = extract()
  const chunks = bytes[Symbol.asyncIterator]()
  // Destroyed without an error, tar-stream's iteration would not end.
  feed(archive, chunks).catch(error =>
    archive.destroy(error || new Error('the archive broke off', { cause: error })),
  )
  try {
    for await (const entry of archive) {
      const content = piecesOf(contentOf(entry), entry.header.name)
      yield toEntry(entry.header, chunksOf(content))
      // What is left unread stands before the next entry.
      for (let left = await content.next(); !left.done; left = await content.next());
    }
  } finally {
    // Not awaited: a generator's return() waits for its pending next().
    Promise.resolve(chunks.return?.()).catch(() => undefined)
  }
}

/** Writes the chunks into the archive as fast as it takes them, until it is closed. */
async function feed(archive: Extract, chunks: AsyncIterator<Uint8Array>): Promise<void> {
  let closed = false
  let wake: () => void = () => undefined
  archive.on('drain', () => wake())
  archive.on('close', () => {
    closed = true
    wake()
  })
  while (!closed) {
    const next = await chunks.next()
    if (next.done) return void archive.end(null)
    if (!archive.write(toBytes(next.value)) && !closed)
      await new Promise<void>(resolve => {
        wake = resolve
      })
  }
}

// With two headers tar-stream never ends: a folder with a size, and a size that is not a number.
function contentOf(entry: AsyncIterable<unknown> & { header: Header }): AsyncIterable<unknown> {
  if (entry.header.size === null)
    throw new EngineError('bad-answer', 'the archive gives no usable size for a file')
  return entry.header.type === 'directory' ? Readable.from([]) : entry
}

async function* piecesOf(
  content: AsyncIterable<unknown>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of content) yield toBytes(piece)
  } catch (error) {
    if (!isCutOff(error)) throw error
    const where = JSON.stringify(name.slice(0, 200))
    throw new EngineError('bad-answer', `the archive ends within ${where}`, { cause: error })
  }
}

// Where an archive ends within an entry, tar-stream destroys that entry's stream without an error.
function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'STREAM_DESTROYED'
}

// Leaving early must not close the entry: tar-stream would take the whole archive with it.
async function* chunksOf(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

function toEntry(header: Header, content: AsyncIterable<Uint8Array>): ArchiveEntry {
  const { name, type, mode, size, linkname, pax } = header
  const [uid, gid] = [fromPax(pax, 'uid') ?? header.uid, fromPax(pax, 'gid') ?? header.gid]
  const time = fromPax(pax, 'mtime')
  const mtime = time === undefined ? header.mtime : new Date(time * 1000)
  return { name, type, mode, uid, gid, size, mtime, ...(linkname && { linkname }), content }
}

/** What a PAX record says in place of the header, which has no room for it. */
function fromPax(pax: unknown, key: 'uid' | 'gid' | 'mtime'): number | undefined {
  if (typeof pax !== 'object' || pax === null) return undefined
  const text: unknown = Reflect.get(pax, key)
  return typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}
