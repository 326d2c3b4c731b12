import { constants, type Stats } from 'node:fs'
import { access, type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * An open directory of this machine. On Linux the paths that it gives go through `/proc/self/fd`: they lead into this very
 * directory, even after something else has taken its place. Elsewhere they are plain paths.
 */
export class Directory implements AsyncDisposable {
  /** For messages. */
  readonly path: string
  readonly #handle: FileHandle
  readonly #anchor: string

  private constructor(path: string, handle: FileHandle, anchor: string) {
    this.path = path
    this.#handle = handle
    this.#anchor = anchor
  }

  /** Follows symbolic links: the path is the user's own. */
  static open(path: string): Promise<Directory> {
    return Directory.#openAt(path, path, 0)
  }

  static async #openAt(path: string, at: string, flags: number): Promise<Directory> {
    const handle = await open(at, constants.O_RDONLY | constants.O_DIRECTORY | flags)
    return new Directory(path, handle, await anchorOf(path, handle))
  }

  /** A directory below. Fails with ENOTDIR where a symbolic link has that name. */
  child(name: string): Promise<Directory> {
    return Directory.#openAt(join(this.path, name), this.at(name), constants.O_NOFOLLOW)
  }

  /** The path of something below, or of the directory itself, for calls to the file system. */
  at(name = ''): string {
    return name === '' ? this.#anchor : `${this.#anchor}/${name}`
  }

  stat(): Promise<Stats> {
    return this.#handle.stat()
  }

  /** Whether its path still leads to it. */
  async isInPlace(): Promise<boolean> {
    const [own, there] = await Promise.all([this.stat(), stat(this.path).catch(() => undefined)])
    return there !== undefined && own.dev === there.dev && own.ino === there.ino
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close()
  }
}

// A chroot may have no /proc.
async function anchorOf(path: string, { fd }: FileHandle): Promise<string> {
  if (process.platform !== 'linux') return path
  const anchor = `/proc/self/fd/${fd}`
  return access(anchor).then(
    () => anchor,
    () => path,
  )
}
