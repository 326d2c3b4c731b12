import { posix } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { PathStat } from '../../engine/wire.ts'
import { CopyError } from './copy-error.ts'

type Kind = 'file' | 'directory' | 'a device' | 'a FIFO' | 'a socket'

/** A file or directory of a container that is to be copied out. */
export interface ContainerSource {
  /** What the Engine is asked for: of a directory with `/.` after it, so that the names in the archive begin with a dot. */
  path: string
  /** The last part of the path as it was given. */
  name: string
  isDirectory: boolean
  /** What is in the directory is meant, not the directory itself. */
  contents: boolean
}

/** Where in a container a copy goes: `directory` exists, and gets `name`; without a name, it gets what is in the source. */
export interface ContainerPlace {
  directory: string
  name?: string
}

export class ContainerPaths {
  readonly #engine: Engine
  readonly #container: string
  readonly #signal: AbortSignal

  constructor(engine: Engine, container: string, signal: AbortSignal) {
    this.#engine = engine
    this.#container = container
    this.#signal = signal
  }

  /** Looks at what is to be copied out. A link is followed: its target is what is wanted. */
  async source(from: string): Promise<ContainerSource> {
    const given = posix.resolve('/', from)
    const { path, kind } = await this.#resolve(given)
    const name = posix.basename(given)
    if (kind === undefined) throw new CopyError('it does not exist in the container')
    if (kind === 'directory')
      return {
        path: posix.join(path, '.'),
        name,
        isDirectory: true,
        contents: endsInDot(from) || name === '',
      }
    if (kind !== 'file') throw new CopyError(`it is ${kind}`, 'Only files and directories can be copied out.')
    if (endsInSlash(from)) throw new CopyError('it is not a directory')
    return { path, name, isDirectory: false, contents: false }
  }

  /** Where a source goes, by the rules of `docker cp`. */
  async place(
    to: string,
    source: { name: string; isDirectory: boolean; contents: boolean },
  ): Promise<ContainerPlace> {
    const { path, kind } = await this.#resolve(posix.resolve('/', to))
    if (kind === 'directory') return { directory: path, ...(!source.contents && { name: source.name }) }
    if (kind !== undefined && (source.isDirectory || endsInSlash(to)))
      throw new CopyError('the target exists in the container and is not a directory')
    if (kind === undefined && (endsInDot(to) || (endsInSlash(to) && !source.isDirectory)))
      throw new CopyError('the target, a directory by its end, does not exist in the container')
    const directory = posix.dirname(path)
    if ((await this.#resolve(directory)).kind !== 'directory')
      throw new CopyError(`the directory ${directory} does not exist in the container`)
    return { directory, name: posix.basename(path) }
  }

  /** What a path is; `kind` is undefined where nothing is. */
  async #resolve(path: string): Promise<{ path: string; kind: Kind | undefined }> {
    const found = await this.#stat(path)
    if (found === undefined || !has(found, goMode.link)) return { path, kind: found && kindOf(found) }
    // The Engine has followed it to its end.
    const target = await this.#stat(found.linkTarget)
    return { path: found.linkTarget, kind: target && kindOf(target) }
  }

  async #stat(path: string): Promise<PathStat | undefined> {
    try {
      return await this.#engine.containers.statPath(this.#container, path, { signal: this.#signal })
    } catch (error) {
      if (isStatus(error, 404)) return undefined
      throw error
    }
  }
}

export function endsInDot(path: string): boolean {
  return /(^|\/)\.$/.test(path)
}

export function endsInSlash(path: string): boolean {
  return /\/\.?$/.test(path)
}

/** Bits of Go's `fs.FileMode`. */
const goMode = { directory: 1 << 31, link: 1 << 27, device: 1 << 26, fifo: 1 << 25, socket: 1 << 24 }

function has({ mode }: PathStat, bit: number): boolean {
  return (mode & bit) !== 0
}

function kindOf(stat: PathStat): Kind {
  if (has(stat, goMode.directory)) return 'directory'
  if (has(stat, goMode.device)) return 'a device'
  if (has(stat, goMode.fifo)) return 'a FIFO'
  if (has(stat, goMode.socket)) return 'a socket'
  return 'file'
}
