import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '../failure.ts'

/** A directory of this machine for one run. Its container may write to it as any user; other users here can't enter it. */
export class TmpDir {
  readonly path: string
  readonly #outer: string

  private constructor(outer: string, path: string) {
    this.#outer = outer
    this.path = path
  }

  /** @param parent where to make it. Default: the system's directory for temporary files. */
  static async create(parent = tmpdir()): Promise<TmpDir> {
    try {
      const outer = await mkdtemp(join(parent, 'holdfast-'))
      const path = join(outer, 'tmp')
      await mkdir(path)
      // Not by mkdir, whose mode the umask cuts.
      await chmod(path, 0o1777)
      return new TmpDir(outer, path)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      const hint = 'Name a directory that can be written.'
      throw new HoldfastError('usage', `no directory can be made in ${parent} (${code})`, { hint, cause })
    }
  }

  /** Removes it with all that is in it. Rejects where files of other users are left. */
  async remove(): Promise<void> {
    await rm(this.#outer, { recursive: true, force: true })
  }
}
