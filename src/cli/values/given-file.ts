import { resolve } from 'node:path'
import type { ProcessContext } from '../process-context.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

const reasons = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
])

/** The bytes of a file that a flag names. */
export function readGivenFile(path: string, where: string, world: ProcessContext): Uint8Array {
  if (path === '') throw new UsageError(`${where}: the file has no name`, 'Write the path of a file.')
  try {
    return world.readFile(resolve(world.cwd, path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    const reason = reasons.get(code) ?? code
    throw new UsageError(`${where}: can't read ${quote(path)}: ${reason}`, 'Write the path of a file.', {
      cause: error,
    })
  }
}
