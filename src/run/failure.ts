import { CredentialError } from '../auth/error.ts'
import { EngineError } from '../engine/error.ts'

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
  'job-conflict',
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

  /** The failure that a report describes. */
  static from({ kind, message, engineMessage, hint }: FailureReport): HoldfastError {
    return new HoldfastError(kind, message, { engineMessage, hint })
  }

  /** The same failure with more advice, which comes first: the hint's end may be something to copy. */
  withHint(more: string): HoldfastError {
    const { kind, message, engineMessage, hint, cause } = this
    return new HoldfastError(kind, message, {
      engineMessage,
      hint: hint === undefined ? more : `${more} ${hint}`,
      cause,
    })
  }

  /** The failure as plain data. */
  report(): FailureReport {
    const { kind, message, engineMessage, hint } = this
    return { kind, message, ...(engineMessage && { engineMessage }), ...(hint && { hint }) }
  }
}

/** The failure that an error means. An error that nothing here expects is the Engine's, or a bug; it is never rethrown. */
export function toFailure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  if (error instanceof EngineError || error instanceof CredentialError) {
    const engineMessage = error instanceof EngineError ? error.engineMessage : undefined
    return new HoldfastError(error.kind, error.message, { engineMessage, hint: error.hint, cause: error })
  }
  const message = error instanceof Error ? error.message : String(error)
  return new HoldfastError('engine-error', `unexpected: ${message}`, {
    hint: 'The Engine sent something that holdfast does not expect, or this is a bug of holdfast: please report it.',
    cause: error,
  })
}

/** Gives the Engine's refusal of one step the kind of that step. Any other error is returned as it is. */
export function asRefusal(error: unknown, kind: FailureKind, what: string, hint?: string): unknown {
  if (!(error instanceof EngineError) || (error.code !== 'status' && error.code !== 'stream')) return error
  const engineMessage = error.engineMessage ?? ''
  return new HoldfastError(kind, `${what}: ${engineMessage === '' ? error.message : engineMessage}`, {
    engineMessage,
    hint: error.hint ?? hint,
    cause: error,
  })
}
