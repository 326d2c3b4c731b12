import { resolve } from 'node:path'
import { InvalidValueError } from '../../run/invalid.ts'
import type { ProcessContext } from '../process-context.ts'

const reasons = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
])

/** The bytes of a file that a flag names. */
export function readGivenFile(path: string, context: ProcessContext): Uint8Array {
  const hint = 'Write the path of a file.'
  if (path === '') throw new InvalidValueError('must be a path', hint)
  try {
    return context.readFile(resolve(context.cwd, path))
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const code = String(error.code)
    throw new InvalidValueError(`cannot be read: ${reasons.get(code) ?? code}`, hint, { cause: error })
  }
}
