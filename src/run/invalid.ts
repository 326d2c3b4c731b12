/**
 * A value that an option or a flag cannot have. The message goes on from the value's name, which the caller puts before it:
 * `must be greater than 0`.
 */
export class InvalidValueError extends Error {
  override readonly name = 'InvalidValueError'
  /** What to do about it. */
  readonly hint: string | undefined
  /** The part of the value that is wrong, and its text. Default: the value itself. */
  readonly part: string | undefined

  constructor(message: string, hint?: string, { part, cause }: { part?: string; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.hint = hint
    this.part = part
  }
}
