import { appendFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newId } from '../id.ts'

/** So many outages within the window, and the registry is left alone for the pause. */
const limit = 3
const windowMs = 5 * 60_000
const pauseMs = 60_000
/** Bytes that a registry's file may grow to before what is too old is taken out of it. */
const sizeLimit = 16 * 1024
/** Files that are not ours are not read. */
const readLimit = 1024 * 1024

interface Line {
  /** Milliseconds since 1970. */
  at: number
  what: 'outage' | 'try'
  /** Who tries. */
  id?: string
}

/** Why a registry is not asked. */
export interface BreakerOpen {
  /** Milliseconds since 1970. */
  until: number
  outages: number
}

/**
 * What the processes of this machine know of a registry's outages: a file of lines that are only ever appended, which the
 * kernel does whole and in one order for all. So there is no lock to go stale: whoever appends the first `try` after a
 * pause asks the registry, and the others go on leaving it alone until its answer, or for another pause.
 */
export class Breaker {
  readonly #directory: string
  readonly #file: string

  constructor(directory: string, registry: string) {
    this.#directory = directory
    this.#file = join(directory, `${encodeURIComponent(registry)}.ndjson`)
  }

  /** Undefined: ask the registry. Rejects as node:fs does. */
  async open(): Promise<BreakerOpen | undefined> {
    const now = Date.now()
    const held = openBy(await this.#read(now), now)
    if (held !== 'up to one') return held
    const id = newId()
    await this.#append({ at: now, what: 'try', id })
    const lines = await this.#read(now)
    if (holder(lines)?.id === id) return undefined
    const after = openBy(lines, now)
    return after === 'up to one' ? undefined : after
  }

  /** The registry failed. */
  async outage(): Promise<void> {
    await makeDirectory(this.#directory)
    await this.#append({ at: Date.now(), what: 'outage' })
    await this.#shorten()
  }

  /** The registry gave an answer, be it a refusal. */
  async answer(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  // A pipe would wait for its reader.
  async #append(line: Line): Promise<void> {
    const status = await stat(this.#file).catch(absent)
    if (status?.isFile() === false) throw new Error(`${this.#file} is no file of holdfast's`)
    await appendFile(this.#file, `${JSON.stringify(line)}\n`)
  }

  // Lines that others append meanwhile may be lost, which makes the breaker a little slower and no more.
  async #shorten(): Promise<void> {
    if ((await stat(this.#file)).size <= sizeLimit) return
    const lines = await this.#read(Date.now())
    const copy = `${this.#file}.${newId()}`
    await writeFile(copy, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    await rename(copy, this.#file)
  }

  /** What happened within the window, in the file's order. */
  async #read(now: number): Promise<Line[]> {
    const status = await stat(this.#file).catch(absent)
    if (status === undefined) return []
    if (!status.isFile() || status.size > readLimit) throw new Error(`${this.#file} is no file of holdfast's`)
    const text = await readFile(this.#file, 'utf8').catch(absent)
    const recent = ({ at }: Line) => at > now - windowMs && at <= now + pauseMs
    return (text ?? '').split('\n').flatMap(parse).filter(recent)
  }
}

/** Whether the lines leave the registry alone, until when; or leave it to one to try. */
function openBy(lines: readonly Line[], now: number): BreakerOpen | 'up to one' | undefined {
  const outages = lines.filter(({ what }) => what === 'outage')
  const last = outages.at(-1)
  if (last === undefined || outages.length < limit) return undefined
  const since = holder(lines)?.at ?? last.at
  return now < since + pauseMs ? { until: since + pauseMs, outages: outages.length } : 'up to one'
}

/** The try that counts since the last outage: the first, or who came when that one had had its time. */
function holder(lines: readonly Line[]): Line | undefined {
  const from = lines.findLastIndex(({ what }) => what === 'outage')
  const tries = lines.slice(from + 1)
  return tries.reduce<Line | undefined>(
    (held, line) => (held === undefined || line.at >= held.at + pauseMs ? line : held),
    undefined,
  )
}

// Not mkdir's own `recursive`: where a folder takes no folders and says ENOENT, as /proc, Node tries for ever.
async function makeDirectory(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error
    await makeDirectory(dirname(path))
    await make()
  })
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

// A line that a full disk cut is skipped.
function parse(text: string): Line[] {
  try {
    const line: Partial<Line> | null = JSON.parse(text)
    return typeof line?.at === 'number' && (line.what === 'outage' || line.what === 'try')
      ? [line as Line]
      : []
  } catch {
    return []
  }
}
