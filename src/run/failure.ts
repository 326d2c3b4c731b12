import { CredentialError } from '../auth/error.ts'
import { EngineError } from '../engine/error.ts'
import { InvalidReferenceError } from './reference.ts'

/** Why a run did not end well; stable strings, the same on every road. */
export const failureKinds = [
  'usage',
  'engine-unreachable',
  'engine-error',
  'image-missing',
  'image-mismatch',
  'registry-outage',
  'registry-denied',
  'registry-not-found',
  'pull-failed',
  'credential-error',
  'create-failed',
  'start-failed',
  'copy-failed',
  'exit',
  'timeout',
  'cancelled',
  'lost',
] as const
export type FailureKind = (typeof failureKinds)[number]

/** What failed, in words: ours, the Engine's own where it said any, and what to do about it. */
export interface FailureReport {
  kind: FailureKind
  message: string
  /** The Engine's own words, secrets taken out. */
  engineMessage?: string
  hint?: string
}

/** What ended a run or a pull: `kind` is for programs, the message, the Engine's words and the hint are for people. */
export class HoldfastError extends Error {
  override readonly name: string = 'HoldfastError'
  readonly kind: FailureKind
  readonly engineMessage: string | undefined
  readonly hint: string | undefined

  constructor(
    kind: FailureKind,
    message: string,
    {
      engineMessage,
      hint,
      cause,
    }: { engineMessage?: string | undefined; hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.engineMessage = engineMessage
    this.hint = hint
  }

  /** The failure as plain data. */
  report(): FailureReport {
    const { kind, message, engineMessage, hint } = this
    return { kind, message, ...(engineMessage && { engineMessage }), ...(hint && { hint }) }
  }
}

/** What any error thrown on the way means. */
export function toFailure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  if (error instanceof EngineError || error instanceof CredentialError) {
    const engineMessage = error instanceof EngineError ? error.engineMessage : undefined
    return new HoldfastError(error.kind, error.message, { engineMessage, hint: error.hint, cause: error })
  }
  if (error instanceof InvalidReferenceError)
    return new HoldfastError('usage', error.message, { cause: error })
  throw error
}

/** Gives the Engine's refusal of one step the kind of that step; a failure of the connection keeps its own. */
export function refusedAs(kind: FailureKind, what: string, hint?: string): (error: unknown) => never {
  return error => {
    if (error instanceof EngineError && (error.code === 'status' || error.code === 'stream')) {
      const engineMessage = error.engineMessage ?? ''
      throw new HoldfastError(kind, `${what}: ${engineMessage === '' ? error.message : engineMessage}`, {
        engineMessage,
        hint: error.hint ?? hint,
        cause: error,
      })
    }
    throw error
  }
}
