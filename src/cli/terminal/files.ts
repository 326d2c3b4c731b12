import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { FileError } from './file-error.ts'
import { writeLines } from './stdio.ts'

/** A file of JSON lines. It is opened before the job starts, so that an unwritable path fails early. */
export interface LineFile {
  write(value: unknown): void
  /** Resolves when all is written; rejects when some could not be. */
  end(): Promise<void>
}

/** The file at a path, for its owner alone if it is new; `-` is stderr. One that exists is replaced, or added to. */
export async function openLineFile(flag: string, path: string, { append = false } = {}): Promise<LineFile> {
  if (path === '-') return { write: value => writeLines(lineOf(value)), end: async () => undefined }
  // It has commands, addresses and names.
  const stream = createWriteStream(path, { mode: 0o600, flags: append ? 'a' : 'w' })
  let failure: Error | undefined
  stream.on('error', error => {
    failure ??= new FileError(flag, path, error)
  })
  await once(stream, 'open').catch(() => undefined)
  if (failure !== undefined) throw failure
  return {
    write: value => void stream.write(lineOf(value)),
    async end() {
      await finish(stream)
      if (failure !== undefined) throw failure
    },
  }
}

function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

async function finish(stream: WriteStream): Promise<void> {
  if (stream.destroyed) return
  stream.end()
  await once(stream, 'close').catch(() => undefined)
}
