/** The command line, or a file that it names, is wrong; `hint` says what is right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly kind = 'usage'
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}
