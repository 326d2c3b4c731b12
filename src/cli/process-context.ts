import { closeSync, openSync, readSync } from 'node:fs'
import { InvalidValueError } from '../run/invalid.ts'
import { UsageError } from './usage.ts'

/** What parsing needs of the process. */
export interface ProcessContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The path is absolute. Throws as node:fs does. */
  readonly readFile: (path: string) => Uint8Array
}

/** The context of this process. */
export function processContext(): ProcessContext {
  return {
    env: process.env,
    get cwd() {
      return workingDirectory()
    },
    readFile: readBounded,
  }
}

/** The value of a variable; not a property that every object inherits. */
export function lookup(env: ProcessContext['env'], name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined
}

function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new UsageError('the working directory does not exist any more', 'Change to one that exists.', {
      cause: error,
    })
  }
}

// More than Linux lets a process have as arguments and environment together.
const limit = 8 * 1024 * 1024

/** The bytes of a file, a pipe or a device, which may not be more than 8 MiB. */
export function readBounded(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(limit + 1)
    let length = 0
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, null)
      if (read === 0) return bytes.subarray(0, length)
      length += read
    }
  } finally {
    closeSync(file)
  }
  throw new InvalidValueError('must have at most 8 MiB')
}
