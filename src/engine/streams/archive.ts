import { getDefaultHighWaterMark, Readable } from 'node:stream'
import type { Extract, Header, Pack } from 'tar-stream'
import { EngineError } from '../error.ts'

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

/**
 * What an entry to be packed must tell; a file needs `content`, and `size` unless its content is bytes or text. The memory
 * of a piece of content is free again when the next piece is asked for, if the archive goes to `putArchive`.
 */
export type NewArchiveEntry = Partial<Omit<ArchiveEntry, 'content'>> & {
  name: string
  content?: Uint8Array | string | AsyncIterable<Uint8Array>
}

/**
 * Writes a tar archive, entry by entry, as fast as it is read. Small pieces come joined in chunks of up to 128 KiB, bigger
 * ones as they are.
 */
export async function* packArchive(
  entries: Iterable<NewArchiveEntry> | AsyncIterable<NewArchiveEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { pack } = await import('tar-stream')
  // What it has is taken after each piece: it need not hold anything back.
  const archive = pack({ highWaterMark: Number.POSITIVE_INFINITY, eagerOpen: true })
  // It fails with an entry, which tells.
  archive.on('error', ignore)
  const packed = new Joined(archive)
  try {
    for await (const { content = '', ...header } of entries) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      const whole = bytes instanceof Uint8Array
      if (whole) header.size = bytes.length
      const entry = new OpenEntry(archive.entry(header))
      if (!whole)
        for await (const piece of bytes) {
          await entry.write(piece)
          for (const chunk of packed.take()) yield chunk
        }
      await entry.end(whole ? bytes : null)
      for (const chunk of packed.take()) yield chunk
    }
    archive.finalize()
    for (const chunk of packed.rest()) yield chunk
  } finally {
    archive.destroy()
  }
}

/** An entry that is being packed. */
class OpenEntry {
  readonly #sink: Sink
  #closed = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(sink: Sink) {
    this.#sink = sink
    sink.on('drain', () => this.#wake?.())
    sink.on('error', error => {
      this.#failure = error
    })
    sink.on('close', () => {
      this.#closed = true
      this.#wake?.()
    })
  }

  async write(piece: Uint8Array): Promise<void> {
    if (!this.#sink.write(piece)) await this.#change()
    if (this.#failure !== undefined) throw this.#failure
  }

  async end(piece: Uint8Array | null): Promise<void> {
    this.#sink.end(piece)
    while (!this.#closed) await this.#change()
    if (this.#failure !== undefined) throw this.#failure
  }

  #change(): Promise<void> {
    return new Promise(resolve => {
      if (this.#closed) resolve()
      else this.#wake = resolve
    })
  }
}

type Sink = ReturnType<Pack['entry']>

/** Copies small pieces together; a big one goes through as it is. */
class Joined {
  readonly #archive: Pack
  // Whatever waits for a stream to drain then waits for each big piece, which its owner may overwrite afterwards.
  readonly #big = Math.max(128 * 1024, getDefaultHighWaterMark(false))
  #block = Buffer.alloc(0)
  #filled = 0

  constructor(archive: Pack) {
    this.#archive = archive
  }

  /** What has been packed, in chunks that are ready to go. */
  take(): Uint8Array[] {
    const ready: Uint8Array[] = []
    for (let piece = this.#archive.read(); piece !== null; piece = this.#archive.read()) {
      const bytes = toBytes(piece)
      if (bytes.length >= this.#big) ready.push(...this.#joined(), bytes)
      else ready.push(...this.#add(bytes))
    }
    return ready
  }

  rest(): Uint8Array[] {
    return [...this.take(), ...this.#joined()]
  }

  #add(bytes: Uint8Array): Uint8Array[] {
    let full: Uint8Array[] = []
    if (this.#filled + bytes.length > this.#block.length) {
      full = this.#joined()
      this.#block = Buffer.allocUnsafeSlow(this.#big)
    }
    this.#block.set(bytes, this.#filled)
    this.#filled += bytes.length
    return full
  }

  #joined(): Uint8Array[] {
    if (this.#filled === 0) return []
    const joined = this.#block.subarray(0, this.#filled)
    this.#block = this.#block.subarray(this.#filled)
    this.#filled = 0
    return [joined]
  }
}

/** Reads a tar archive, entry by entry, as it arrives. */
export async function* unpackArchive(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const { extract } = await import('tar-stream')
  const archive = extract()
  const chunks = bytes[Symbol.asyncIterator]()
  // Without a reason tar-stream's iteration would wait for ever.
  feed(archive, chunks).catch(error =>
    archive.destroy(error || new Error('the archive broke off', { cause: error })),
  )
  try {
    for await (const entry of archive) {
      const content = piecesOf(contentOf(entry))
      yield toEntry(entry.header, chunksOf(content))
      // What was left stands before the next entry.
      for (let left = await content.next(); !left.done; left = await content.next());
    }
  } finally {
    // Not waited for: a generator ends only when it has got what it waits for.
    Promise.resolve(chunks.return?.()).catch(ignore)
  }
}

/** Writes the chunks into the archive as it takes them; no further when it is closed. */
async function feed(archive: Extract, chunks: AsyncIterator<Uint8Array>): Promise<void> {
  let closed = false
  let wake = ignore
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

function ignore(): void {}

// Two headers make tar-stream wait for ever: a folder that tells a size, and a size that is no number.
function contentOf(entry: AsyncIterable<unknown> & { header: Header }): AsyncIterable<unknown> {
  if (entry.header.size === null) throw new EngineError('bad-answer', 'the archive tells no size of a file')
  return entry.header.type === 'directory' ? Readable.from([]) : entry
}

async function* piecesOf(content: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of content) yield toBytes(piece)
}

// Leaving early must not close the entry: tar-stream would take the whole archive with it.
async function* chunksOf(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('an archive is made of bytes')
}

function toEntry(header: Header, content: AsyncIterable<Uint8Array>): ArchiveEntry {
  const { name, type, mode, uid, gid, size, mtime, linkname } = header
  return { name, type, mode, uid, gid, size, mtime, ...(linkname && { linkname }), content }
}
