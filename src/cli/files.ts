import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'

/** A file of JSON lines, open from before the job begins, so that one that can't be written is known at once. */
export interface LineFile {
  write(value: unknown): void
  /** Resolves when all is written; rejects when some could not be. */
  end(): Promise<void>
}

export async function openLineFile(flag: string, path: string): Promise<LineFile> {
  const stream = createWriteStream(path)
  await once(stream, 'open').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `${flag} ${quote(path)} can't be written (${error.code})`,
      'Name a file that can be.',
      {
        cause: error,
      },
    )
  })
  let failure: Error | undefined
  stream.on('error', error => {
    failure ??= error
  })
  return {
    write: value => void stream.write(`${JSON.stringify(value)}\n`),
    end: () => finish(stream, () => failure, `${flag} ${quote(path)}`),
  }
}

async function finish(stream: WriteStream, failure: () => Error | undefined, what: string): Promise<void> {
  if (!stream.destroyed) {
    stream.end()
    await once(stream, 'close').catch(() => undefined)
  }
  const error: NodeJS.ErrnoException | undefined = failure()
  if (error === undefined) return
  throw new UsageError(`${what} could not be written whole (${error.code})`, 'Is the disk full?', {
    cause: error,
  })
}
