import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { newId } from '../id.ts'

/** So many outages within the window, and the registry is left alone for the pause after the last. */
const limit = 3
const windowMs = 5 * 60_000
const pauseMs = 60_000
/** A larger file was not written by a breaker. */
const sizeLimit = 64 * 1024

/** Why a registry is not asked. */
export interface BreakerOpen {
  /** Milliseconds since 1970. */
  until: number
  outages: number
}

/**
 * What the processes of this machine know of a registry's outages: a file of times, in a directory of the user's own. It
 * is replaced as a whole. Of two outages at one moment one may be lost, which makes the breaker slower and no more.
 */
export class Breaker {
  readonly #directory: string
  readonly #file: string

  constructor(directory: string, registry: string) {
    this.#directory = resolve(directory)
    this.#file = join(this.#directory, `${encodeURIComponent(registry)}.json`)
  }

  /** Undefined: ask the registry. Rejects as node:fs does. */
  async open(): Promise<BreakerOpen | undefined> {
    const now = Date.now()
    const outages = await this.#read(now)
    const last = outages.at(-1)
    if (last === undefined || outages.length < limit || now >= last + pauseMs) return undefined
    return { until: last + pauseMs, outages: outages.length }
  }

  /** The registry failed. */
  async outage(): Promise<void> {
    const now = Date.now()
    await mkdir(this.#directory, { mode: 0o700 }).catch(unless('EEXIST'))
    const outages = [...(await this.#read(now)), now]
    const copy = `${this.#file}.${newId()}`
    try {
      await writeFile(copy, JSON.stringify(outages), { flag: 'wx', mode: 0o600 })
      await rename(copy, this.#file)
    } catch (error) {
      await rm(copy, { force: true })
      throw error
    }
  }

  /** The registry answered, if only with a refusal. */
  async answer(): Promise<void> {
    await this.#checkDirectory()
    await rm(this.#file, { force: true })
  }

  // Another user could lead our writes elsewhere, or keep us from every registry. Windows reports no owner.
  async #checkDirectory(): Promise<void> {
    const own = process.getuid?.()
    const status = await lstat(this.#directory).catch(unless('ENOENT'))
    if (status === undefined) return
    const refuse = (why: string) => new Error(`${this.#directory} ${why}`)
    if (!status.isDirectory()) throw refuse('is not a directory, or is a symbolic link')
    if (own === undefined) return
    if (status.uid !== own && status.uid !== 0) throw refuse('belongs to another user')
    if ((status.mode & constants.S_IWOTH) !== 0) throw refuse('may be written by every user')
  }

  /** The outages within the window, in order. */
  async #read(now: number): Promise<number[]> {
    await this.#checkDirectory()
    // A link could lead anywhere, and a pipe would wait for its writer.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    await using file = await open(this.#file, flags).catch(unless('ENOENT'))
    if (file === undefined) return []
    const status = await file.stat()
    if (!status.isFile() || status.size > sizeLimit)
      throw new Error(`${this.#file} was not written by holdfast`)
    const recent = (at: number) => at > now - windowMs && at <= now + pauseMs
    return times(await file.readFile('utf8'))
      .filter(recent)
      .sort((a, b) => a - b)
  }
}

function unless(code: string) {
  return (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== code) throw error
  }
}

// A file that a full disk or another program has spoilt counts as empty.
function times(text: string): number[] {
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed.filter(at => typeof at === 'number') : []
  } catch {
    return []
  }
}
