import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type ContainerSource, endsInDot, endsInSlash } from './container-path.ts'
import { CopyError } from './copy-error.ts'
import { Directory } from './directory.ts'
import { statIfAny } from './move.ts'
import { codeOf } from './system-error.ts'
import type { HostPlace } from './unpack.ts'

/**
 * Where a copy out goes on this machine: an existing directory, or a new name in one. The directory is opened before the
 * job starts and kept open: what takes its place while the job runs gets nothing.
 */
export class HostTarget implements AsyncDisposable {
  readonly #directory: Directory
  /** Undefined where the target is the directory itself. */
  readonly #name: string | undefined
  readonly #endsInSlash: boolean

  private constructor(directory: Directory, name: string | undefined, endsInSlash: boolean) {
    this.#directory = directory
    this.#name = name
    this.#endsInSlash = endsInSlash
  }

  static async open(to: string): Promise<HostTarget> {
    const path = resolve(to)
    const existing = await openIfAny(path)
    if (existing === undefined && endsInDot(to)) throw missing(path)
    const directory = existing ?? (await openIfAny(dirname(path)))
    if (directory === undefined) throw missing(dirname(path))
    try {
      // With the dot it is the directory that is looked at: Deno judges a link to it by the link's own mode.
      await access(directory.at('.'), constants.W_OK | constants.X_OK)
      return new HostTarget(directory, existing ? undefined : basename(path), endsInSlash(to))
    } catch (error) {
      await directory[Symbol.asyncDispose]()
      throw error
    }
  }

  /**
   * Where that source goes, by the rules of `docker cp`: into `directory`, under `name`; without a name, what is in it goes
   * there.
   */
  async place({ isDirectory, contents, name }: ContainerSource): Promise<HostPlace> {
    if (!(await this.#directory.isInPlace()))
      throw new CopyError(`${this.#directory.path} was moved or replaced while the job ran`)
    const intoExisting = async (at: string) => ({
      directory: await this.#directory.child(at),
      ...(!contents && { name }),
    })
    if (this.#name === undefined) return intoExisting('.')
    const there = await statIfAny(this.#directory.at(this.#name))
    if (there?.isDirectory()) return intoExisting(this.#name)
    if (there !== undefined) throw exists(this.#name)
    if (!isDirectory && this.#endsInSlash)
      throw new CopyError('the target ends in a slash, but is not a directory', 'Create the directory first.')
    return { directory: await this.#directory.child('.'), name: this.#name }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#directory[Symbol.asyncDispose]()
  }
}

async function openIfAny(path: string): Promise<Directory | undefined> {
  try {
    return await Directory.open(path)
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    if ((await statIfAny(path)) !== undefined) throw exists(path)
    return undefined
  }
}

function missing(path: string): CopyError {
  return new CopyError(`the directory ${path} does not exist`, 'Create it first.')
}

function exists(path: string): CopyError {
  const hint = 'Remove it, or name its directory: there, a file of the same name is replaced.'
  return new CopyError(`${path} exists and is not a directory`, hint)
}
