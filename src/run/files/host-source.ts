import { realpath, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { endsInDot, endsInSlash } from './container-path.ts'
import { CopyError } from './copy-error.ts'
import { codeOf } from './system-error.ts'

/** A file or directory of this machine that is to be copied in. */
export interface HostSource {
  /** Without symbolic links. */
  path: string
  /** The last part of the path as it was given. */
  name: string
  isDirectory: boolean
  /** What is in the directory is meant, not the directory itself. */
  contents: boolean
}

/** Looks at what is to be copied in. A link is followed: its target is what is wanted. */
export async function findHostSource(from: string): Promise<HostSource> {
  const path = await realpath(from).catch(error => {
    if (codeOf(error) === 'ENOENT') throw new CopyError('it does not exist')
    throw error
  })
  const found = await stat(path)
  const name = basename(resolve(from))
  if (found.isDirectory()) return { path, name, isDirectory: true, contents: endsInDot(from) || name === '' }
  if (!found.isFile())
    throw new CopyError('it is a device, a FIFO or a socket', 'Only files and directories can be copied in.')
  if (endsInSlash(from)) throw new CopyError('it is not a directory')
  return { path, name, isDirectory: false, contents: false }
}
