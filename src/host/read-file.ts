// Not node:fs/promises, which takes 3 ms to load: each run reads config.json.
import { close, constants, fstat, open, readFile } from 'node:fs'
import { promisify } from 'node:util'

/** Bytes; a config.json of a thousand registries has 200 KB. */
const limit = 4 * 1024 * 1024

/**
 * Reads a regular file of at most 4 MiB. Rejects with the system's error, or with an error whose `code` says what is wrong:
 * a FIFO may never end, and /dev/zero never does. Rejects with the signal's reason when that aborts.
 */
export async function readRegularFile(path: string, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted()
  // Without O_NONBLOCK, opening a FIFO waits for its writer. Windows has no such flag.
  const file = await promisify(open)(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = await promisify(fstat)(file)
    if (stat.isDirectory()) throw refused('EISDIR')
    if (!stat.isFile()) throw refused('not a regular file')
    if (stat.size > limit) throw refused('larger than 4 MiB')
    signal?.throwIfAborted()
    return await promisify(readFile)(file)
  } finally {
    await promisify(close)(file)
  }
}

function refused(code: string): Error {
  return Object.assign(new Error(code), { code })
}
