import type { Emit } from '../events.ts'
import { type FailureKind, HoldfastError } from '../failure.ts'
import type { ImageName } from '../reference.ts'
import { Breaker } from './breaker.ts'

/** What a pull shows of its registry: an outage, an answer, or neither. */
export type Observation = 'outage' | 'answer' | 'nothing'

const answers: readonly FailureKind[] = ['registry-denied', 'registry-not-found', 'image-mismatch']

export function observationOf(error: unknown): Observation {
  if (!(error instanceof HoldfastError)) return 'nothing'
  if (error.kind === 'registry-outage') return 'outage'
  return answers.includes(error.kind) ? 'answer' : 'nothing'
}

/** Fails where the breaker in that directory, if there is one, says not to ask the registry. */
export async function checkBreaker(
  directory: string | undefined,
  { domain: registry, text: image }: ImageName,
  emit: Emit,
): Promise<void> {
  if (directory === undefined) return
  const open = await orWarn(new Breaker(directory, registry).open(), emit)
  if (open === undefined) return
  const until = new Date(open.until).toISOString()
  const reason = `${registry} failed ${open.outages} times within five minutes`
  emit({ type: 'skipped', image, registry, reason, until })
  const hint = `It is asked again from ${until} on. The breaker's directory is ${directory}.`
  throw new HoldfastError('registry-outage', `${image} was not pulled: ${reason}, and is left alone`, {
    hint,
  })
}

/** Records the observation in the breakers of these directories. */
export async function recordInBreakers(
  directories: Iterable<string>,
  registry: string,
  observed: Observation,
  emit: Emit,
): Promise<void> {
  if (observed === 'nothing') return
  for (const directory of directories) await orWarn(new Breaker(directory, registry)[observed](), emit)
}

// An unusable breaker directory is a warning, never a failure.
async function orWarn<T>(work: Promise<T>, emit: Emit): Promise<T | undefined> {
  return work.catch((error: Error) => {
    emit({ type: 'warning', message: `no breaker, as its directory can't be used: ${error.message}` })
    return undefined
  })
}
