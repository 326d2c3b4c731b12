import { durationText } from '../duration.ts'
import type { Emit } from '../events.ts'
import { Timer } from '../timer.ts'
import { type Copy, type CopyLimits, type CopyReport, defaultCopyLimits, type Omission } from './copies.ts'
import { CopyError } from './copy-error.ts'

/** Milliseconds between two events about one copy. */
const eventInterval = 100
/** Omissions that are named one by one. */
const mostNamed = 20
const longestName = 256

/** A copy under way: what it has moved, and whether it may go on. */
export class Transfer implements Disposable {
  /** Aborted when the copy has run out of time, and with the caller's signal. */
  readonly signal: AbortSignal
  readonly #copy: Copy & { direction: 'in' | 'out' }
  readonly #limits: { [limit in keyof CopyLimits]-?: number }
  readonly #emit: Emit
  readonly #timeout = new AbortController()
  readonly #timers: Timer[] = []
  readonly #idle: Timer | undefined
  readonly #omitted: Omission[] = []
  #omissions = 0
  #entries = 0
  /** Bytes that the entries are said to have. */
  #size = 0
  #bytes = 0
  #lastEvent = performance.now()

  constructor(
    copy: Copy & { direction: 'in' | 'out' },
    { limits, emit, signal }: { limits: CopyLimits; emit: Emit; signal?: AbortSignal },
  ) {
    const { bytes, entries, idle, total } = defaultCopyLimits
    this.#copy = copy
    this.#limits = {
      bytes: limits.bytes ?? bytes,
      entries: limits.entries ?? entries,
      idle: limits.idle ?? idle,
      total: limits.total ?? total,
    }
    this.#emit = emit
    this.signal = AbortSignal.any([this.#timeout.signal, ...(signal === undefined ? [] : [signal])])
    this.#idle = this.#after('idle', 'no data moved for')
    this.#after('total', 'it took longer than')
  }

  #after(limit: 'idle' | 'total', problem: string): Timer | undefined {
    const milliseconds = this.#limits[limit]
    if (milliseconds === 0) return undefined
    const error = new CopyError(`${problem} ${durationText(milliseconds)}`, raise(limit))
    const timer = new Timer(milliseconds, () => this.#timeout.abort(error))
    this.#timers.push(timer)
    return timer
  }

  /** Counts an entry, and the bytes that it is said to have; throws when a limit is passed. */
  entry(size: number): void {
    this.#entries += 1
    this.#size += size
    const { entries, bytes } = this.#limits
    if (entries > 0 && this.#entries > entries)
      throw new CopyError(`it has more than ${entries} files, directories and links`, raise('entries'))
    if (bytes > 0 && this.#size > bytes)
      throw new CopyError(`it has more than ${bytes} bytes`, raise('bytes'))
    this.#progress()
  }

  /** Counts bytes of a file that were copied. */
  moved(bytes: number): void {
    this.#bytes += bytes
    this.#progress()
  }

  #progress(): void {
    this.signal.throwIfAborted()
    const now = performance.now()
    if (now - this.#lastEvent < eventInterval) return
    this.#lastEvent = now
    this.#emit({ type: 'copy', ...this.#copy, entries: this.#entries, bytes: this.#bytes })
  }

  /** The bytes of an archive on their way. Each piece shows that the copy is alive. */
  async *watch(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const bytes of archive) {
      this.#idle?.refresh()
      yield bytes
    }
  }

  /** Notes an entry that is left out, or changed. */
  omit(name: string, reason: string): void {
    this.#omissions += 1
    if (this.#omitted.length < mostNamed) this.#omitted.push({ name: name.slice(0, longestName), reason })
  }

  report(): CopyReport {
    return {
      ...this.#copy,
      entries: this.#entries,
      bytes: this.#bytes,
      omitted: this.#omitted,
      omissions: this.#omissions,
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.stop()
  }
}

function raise(limit: keyof CopyLimits): string {
  return `If that much is intended, raise the limit: the option copyLimits.${limit}.`
}
