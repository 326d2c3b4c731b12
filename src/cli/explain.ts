import { CredentialError } from '../auth/error.ts'
import { EngineError } from '../engine/error.ts'
import { RecordingError } from '../replay/file/recording.ts'
import { type FailureKind, type FailureReport, failureKinds, HoldfastError } from '../run/failure.ts'
import { inFlags } from './flag-names.ts'
import { FileError } from './terminal/file-error.ts'
import { UsageError } from './usage.ts'

/** An error without a message of the Engine's beside its own. */
type Plain = Pick<FailureReport, 'kind' | 'message'> & { hint?: string | undefined }

/** An error in two or three lines: what failed, the Engine's own message, what to do. */
export function explain(error: unknown): string[] {
  if (error instanceof HoldfastError) return explainFailure(error.report())
  if (error instanceof UsageError) return [error, ...error.others].flatMap(explainPlain)
  if (error instanceof EngineError || error instanceof CredentialError) return explainPlain(error)
  if (error instanceof FileError) return [error.message, error.hint]
  if (error instanceof RecordingError) return explainPlain(error)
  const said = error instanceof Error ? error.message : String(error)
  return [
    `a bug of holdfast's, or a broken machine: ${said}`,
    'Please report it, with the command that led to it.',
  ]
}

/** The kind of a failure; undefined for an error that has none. */
export function kindOf(error: unknown): FailureKind | undefined {
  const kind: unknown = error instanceof Error && 'kind' in error ? error.kind : undefined
  return failureKinds.find(each => each === kind)
}

function explainPlain({ kind, message, hint }: Plain): string[] {
  return explainFailure({ kind, message, ...(hint !== undefined && { hint }) })
}

export function explainFailure(failure: FailureReport): string[] {
  const { kind, message, engineMessage, hint } = inFlags(failure)
  const hidden = engineMessage !== undefined && !message.includes(engineMessage)
  return [
    `${kind}: ${message}`,
    ...(hidden ? [`The Engine said: ${engineMessage}`] : []),
    ...(hint === undefined ? [] : [hint]),
  ]
}
