import { CredentialError } from '../../auth/error.ts'
import type { ImageInspect } from '../../engine/wire.ts'
import { ageText, durationText } from '../duration.ts'
import type { Emit } from '../events.ts'
import { type FailureKind, HoldfastError, toFailure } from '../failure.ts'
import type { RunOptions, StaleIf } from '../options.ts'
import type { Reference } from '../reference.ts'
import { imageFacts } from './facts.ts'
import { BudgetSpent } from './limits.ts'

/** Whose local copy may run. */
export interface StaleRequest {
  reference: Reference
  options: Pick<RunOptions, 'staleIf' | 'maxStale'>
  emit: Emit
}

const outages: readonly FailureKind[] = ['registry-outage']
const allFailures: readonly FailureKind[] = [
  ...outages,
  'registry-denied',
  'registry-not-found',
  'pull-failed',
  'image-mismatch',
  'credential-error',
]

/**
 * The failure of a pull, where it lets the local copy run. Throws any other: a refusal, a failure of the
 * Engine, the end of the run.
 */
export function toleratedFailure(
  error: unknown,
  { staleIf = 'outage' }: StaleRequest['options'],
): HoldfastError {
  if (!(error instanceof HoldfastError || error instanceof CredentialError)) throw error
  const failure = toFailure(error)
  if (failure instanceof BudgetSpent || toleratedKinds(staleIf).includes(failure.kind)) return failure
  throw refused(failure)
}

/** The local copy, with a `stale` event, in place of what could not be pulled. Throws the failure where it is too old. */
export function staleCopy(failure: HoldfastError, local: ImageInspect, request: StaleRequest): ImageInspect {
  const { reference, options, emit } = request
  const { maxStale = Number.POSITIVE_INFINITY } = options
  const { age, digest } = imageFacts(reference, local)
  if (maxStale !== Number.POSITIVE_INFINITY && (age === null || age > maxStale)) {
    throw tooOld(failure, age, maxStale)
  }
  const { kind, message: reason, limit } = failure
  emit({ type: 'stale', image: reference.text, reason, kind, ...(limit && { limit }), age, digest })
  return local
}

function toleratedKinds(staleIf: StaleIf): readonly FailureKind[] {
  return staleIf === 'any' ? allFailures : outages
}

// The image is local, so say why it did not run.
function refused(failure: HoldfastError): HoldfastError {
  if (!allFailures.includes(failure.kind)) return failure
  return failure.withHint('The local copy did not run: this is not an outage (the option staleIf).')
}

function tooOld(failure: HoldfastError, age: number | null, maxStale: number): HoldfastError {
  const old = age === null ? 'of unknown age' : `${ageText(age)} old`
  return failure.withHint(
    `The local copy did not run: it is ${old}, and may be ${durationText(maxStale)} old at most (the option maxStale).`,
  )
}
