import { InvalidValueError } from '../run/invalid.ts'
import { quote } from './quote.ts'

/** The command line, or a file that it names, is wrong; `hint` says what is right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly kind = 'usage'
  readonly hint: string | undefined
  /** What else is wrong with the same command line. */
  others: readonly UsageError[] = []

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}

/** Does all of the work, and throws the usage errors of all of it as one. */
export function checkAll(checks: readonly (() => void)[]): void {
  const [first, ...others] = checks.flatMap(usageErrorOf)
  if (first === undefined) return
  first.others = others
  throw first
}

function usageErrorOf(check: () => void): UsageError[] {
  try {
    check()
    return []
  } catch (error) {
    if (error instanceof UsageError) return [error]
    throw error
  }
}

/**
 * Does the work, and puts the name of a flag or a variable before a refusal of its value; the text too, unless it is omitted
 * because it may be a secret.
 */
export function named<T>(where: string, text: string | undefined, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error
    const { message, part = text === undefined ? undefined : quote(text), hint } = error
    throw new UsageError([where, part, message].filter(Boolean).join(' '), hint, { cause: error })
  }
}
