/**
 * Credentials could not be had: a helper is broken, config.json is unreadable, a function or an option gave something unusable.
 * Not thrown where there simply are none. It holds no `cause` and none of what a helper wrote or a file contains.
 */
export class CredentialError extends Error {
  override readonly name = 'CredentialError'
  readonly kind = 'credential-error'
  /** The registry, or the file, that it is about. */
  readonly about: string
  /** What the person can do about it. */
  readonly hint: string

  constructor(message: string, { about, hint }: { about: string; hint: string }) {
    super(message)
    this.about = about
    this.hint = hint
  }
}
