import { getSystemErrorMessage } from 'node:util'

/** `ENOENT` and the like; undefined for an error that is not a system call's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What such an error says, without the path in it. */
export function systemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number')) return undefined
  return getSystemErrorMessage(error.errno)
}
