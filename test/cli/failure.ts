import { UsageError } from '../../src/cli/usage.ts'
import { InvalidValueError } from '../../src/run/invalid.ts'

/** The usage error that the work throws. */
export const failure = (work: () => unknown): UsageError => thrown(work, UsageError)

/** The refusal of a value that the work throws: it has no name yet. */
export const refusal = (work: () => unknown): InvalidValueError => thrown(work, InvalidValueError)

function thrown<T>(work: () => unknown, kind: abstract new (...args: never[]) => T): T {
  try {
    work()
  } catch (error) {
    if (error instanceof kind) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
