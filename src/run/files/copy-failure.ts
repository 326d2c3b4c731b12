import { EngineError } from '../../engine/error.ts'
import { type FailureKind, HoldfastError } from '../failure.ts'
import type { Copy } from './copies.ts'
import { CopyError } from './copy-error.ts'
import { systemMessage } from './system-error.ts'

/** The run's failure for the failure of a copy. */
export function copyFailure(
  kind: FailureKind,
  direction: 'in' | 'out',
  { from, to }: Copy,
  error: unknown,
): HoldfastError {
  if (error instanceof HoldfastError) return error
  const target = direction === 'in' ? `${to} in the container` : to
  const reason = error instanceof Error ? (systemMessage(error) ?? error.message) : String(error)
  const engineMessage = error instanceof EngineError ? error.engineMessage : undefined
  const hint = error instanceof CopyError || error instanceof EngineError ? error.hint : undefined
  return new HoldfastError(kind, `${from} could not be copied to ${target}: ${reason}`, {
    engineMessage,
    hint,
    cause: error,
  })
}
