/**
 * A source of credentials is broken: a helper fails, config.json is unreadable, a function or an option gave something unusable.
 * A source without credentials is not an error. It has no `cause` and quotes no file and no helper's answer.
 */
export class CredentialError extends Error {
  /** Always `CredentialError`. */
  override readonly name = 'CredentialError'
  /** Always `credential-error`. */
  readonly kind = 'credential-error'
  /** The registry or the file concerned. */
  readonly about: string
  /** What to do about it. */
  readonly hint: string

  constructor(message: string, { about, hint }: { about: string; hint: string }) {
    super(message)
    this.about = about
    this.hint = hint
  }
}
