/** Why a copy can't be made. Its message goes after "… could not be copied: ". */
export class CopyError extends Error {
  readonly hint: string | undefined

  constructor(problem: string, hint?: string, options?: ErrorOptions) {
    super(problem, options)
    this.hint = hint
  }
}
