import { UsageError } from '../../src/cli/usage.ts'

/** The usage error that the work throws. */
export function failure(work: () => unknown): UsageError {
  try {
    work()
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
