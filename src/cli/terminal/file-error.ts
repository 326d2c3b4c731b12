import { quote } from '../quote.ts'

const meanings: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOENT: ['its folder does not exist', 'Make the folder, or name another file.'],
  ENOTDIR: ['its folder is a file', 'Name another file.'],
  EISDIR: ['it is a folder', 'Name a file in it.'],
  EACCES: ['permission denied', 'Name a file that you may write.'],
  EROFS: ['its disk is read-only', 'Name a file on another disk.'],
  ENOSPC: ['the disk is full', 'Make room, or name a file on another disk.'],
  EDQUOT: ['the quota is used up', 'Make room, or name a file on another disk.'],
}

/** A file that a flag names can't be written. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly hint: string

  constructor(flag: string, path: string, cause: NodeJS.ErrnoException) {
    const [problem, hint] = meanings[cause.code ?? ''] ?? [cause.message, 'Name another file.']
    super(`${flag} ${quote(path)} can't be written: ${problem}`, { cause })
    this.hint = hint
  }
}
