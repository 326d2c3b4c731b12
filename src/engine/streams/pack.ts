import { getDefaultHighWaterMark } from 'node:stream'
import type { Pack } from 'tar-stream'
import { EngineError } from '../error.ts'
import { type NewArchiveEntry, toBytes } from './archive-entry.ts'

/**
 * Writes a tar archive, entry by entry, as fast as it is read. Small pieces are joined in chunks of up to 128 KiB; bigger
 * ones are passed on as they are. Ids and times that ustar has no room for go into PAX records.
 *
 * @example
 * ```ts
 * import { packArchive } from 'holdfast'
 *
 * const archive = packArchive([{ name: 'etc/app.json', content: '{}', mode: 0o644 }])
 * await using engine = connect()
 * await engine.containers.putArchive('app', '/', archive)
 * ```
 */
export async function* packArchive(
  entries: Iterable<NewArchiveEntry> | AsyncIterable<NewArchiveEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { pack } = await import('tar-stream')
  // It is read out after each piece: it need not hold anything back.
  const archive = pack({ highWaterMark: Number.POSITIVE_INFINITY, eagerOpen: true })
  // The failure of an entry, which reports it.
  archive.on('error', () => undefined)
  const packed = new Joined(archive)
  try {
    for await (const { content = '', ...given } of entries) {
      const header = headerOf(given)
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

/** Joins small pieces by copying them; a big one is passed on as it is. */
class Joined {
  readonly #archive: Pack
  // At least a stream's high-water mark: its writer then waits for each big piece, which its owner may overwrite later.
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

/** The largest id that ustar's seven octal digits are used for here; tar-stream cuts larger ones off. */
const largestId = 0o777777
/** Seconds since 1970 from which tar-stream's 32-bit arithmetic overflows. */
const latestTime = 2 ** 31

/** Checked here: tar-stream throws where nothing can catch it, or writes something else. */
function headerOf(entry: Omit<NewArchiveEntry, 'content'>): Parameters<Pack['entry']>[0] {
  const { name, mode, uid = 0, gid = 0, size, mtime = new Date() } = entry
  if (typeof name !== 'string' || name === '') throw unusable('an entry needs a name')
  if (!(mtime instanceof Date) || Number.isNaN(mtime.getTime())) throw unusable('mtime must be a Date', name)
  for (const [key, value] of Object.entries({ mode, uid, gid, size }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw unusable(`${key} must be a whole number from 0`, name)
  const seconds = Math.floor(mtime.getTime() / 1000)
  const pax = {
    ...(uid > largestId && { uid: String(uid) }),
    ...(gid > largestId && { gid: String(gid) }),
    ...((seconds < 0 || seconds >= latestTime) && { mtime: String(seconds) }),
  }
  return { ...entry, ...(Object.keys(pax).length > 0 && { pax }) }
}

function unusable(problem: string, name?: string): EngineError {
  const of = name === undefined ? '' : ` (${JSON.stringify(name.slice(0, 200))})`
  return new EngineError('usage', `this can't be packed into an archive: ${problem}${of}`)
}
