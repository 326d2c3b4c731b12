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
/** One of {@link failureKinds}. */
export type FailureKind = (typeof failureKinds)[number]

/** What failed, in words: ours, the Engine's own where it said any, and what to do about it. */
export interface FailureReport {
  /** A stable string, for programs. */
  kind: FailureKind
  /** What failed, on one line. */
  message: string
  /** The Engine's own message, without secrets. */
  engineMessage?: string
  /** What to do about it. */
  hint?: string
  /** The option whose time ran out, where one did. */
  limit?: TimeLimit
}

/** An option that limits a time: `pullTimeout.connect` is `connect` of the option `pullTimeout`. */
export type TimeLimit =
  | 'timeout'
  | 'idleTimeout'
  | 'pullTimeout.connect'
  | 'pullTimeout.idle'
  | 'pullTimeout.total'

interface HoldfastErrorOptions {
  engineMessage?: string | undefined
  hint?: string | undefined
  limit?: TimeLimit | undefined
  cause?: unknown
}

/** What ended a run or a pull: `kind` is for programs, the message, the Engine's words and the hint are for people. */
export class HoldfastError extends Error {
  /** `HoldfastError`, of a run `RunError`. */
  override readonly name: string = 'HoldfastError'
  /** Why it failed. */
  readonly kind: FailureKind
  /** The Engine's own message, without secrets. */
  readonly engineMessage: string | undefined
  /** What to do about it. */
  readonly hint: string | undefined
  /** The option whose time ran out. */
  readonly limit: TimeLimit | undefined

  constructor(
    kind: FailureKind,
    message: string,
    { engineMessage, hint, limit, cause }: HoldfastErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.engineMessage = engineMessage
    this.hint = hint
    this.limit = limit
  }

  /** The failure that a report describes. */
  static from({ kind, message, ...details }: FailureReport): HoldfastError {
    return new HoldfastError(kind, message, details)
  }

  /** The same failure with more advice, which comes first: the hint's end may be something to copy. */
  withHint(more: string): HoldfastError {
    const { kind, message, engineMessage, hint, limit, cause } = this
    return new HoldfastError(kind, message, {
      engineMessage,
      hint: hint === undefined ? more : `${more} ${hint}`,
      limit,
      cause,
    })
  }

  /** The failure as plain data. */
  report(): FailureReport {
    const { kind, message, engineMessage, hint, limit } = this
    return {
      kind,
      message,
      ...(engineMessage && { engineMessage }),
      ...(hint && { hint }),
      ...(limit && { limit }),
    }
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
