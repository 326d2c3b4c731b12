import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { FileError } from './file-error.ts'

/** A file that gets the id of the container; without a container there is no file. */
export interface CidFile {
  write(id: string): void
  end(): void
}

/** Creates the file of `--cidfile`; one that exists is refused, as another container's id may be in it. */
export function openCidFile(path: string): CidFile {
  const file = create(path)
  let written = false
  return {
    write(id) {
      writeSync(file, id)
      written = true
    },
    end() {
      closeSync(file)
      if (!written) unlinkSync(path)
    },
  }
}

function create(path: string): number {
  try {
    return openSync(path, 'wx')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new FileError('--cidfile', path, error as NodeJS.ErrnoException)
    throw new UsageError(`--cidfile ${quote(path)} exists`, 'Remove it, or name another file.', {
      cause: error,
    })
  }
}
