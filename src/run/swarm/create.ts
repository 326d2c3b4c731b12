import { EngineError, isStatus } from '../../engine/error.ts'
import type { Service, ServiceSpec } from '../../engine/swarm-wire.ts'
import { asRefusal } from '../failure.ts'
import { labels } from '../labels.ts'
import { mayHaveArrived, outlasting, pauseFor } from '../retry.ts'
import type { RunContext } from '../run-context.ts'

/** Milliseconds that the answer to a creation is waited for once the run was aborted: the service has to be removed. */
const createPatience = 5_000
/** Milliseconds that the Engine may still work on a creation whose answer was lost. */
const settleTime = 2_000
const lookAgain = 250

/** Creates the service; one whose creation was not confirmed is found by its labels, so that there are never two. */
export async function createService(context: RunContext, spec: ServiceSpec): Promise<string> {
  const { engine, signal, grace, emit } = context
  let unconfirmed = false
  const create = async (patience: AbortSignal) => {
    const earlier = unconfirmed ? await findEarlier(context, spec.Name, patience) : undefined
    if (earlier !== undefined) return earlier
    const { ID, Warnings } = await engine.services.create(spec, { signal: patience }).catch(error => {
      unconfirmed ||= patience.aborted || mayHaveArrived(error)
      throw error
    })
    for (const message of Warnings ?? []) emit({ type: 'warning', message })
    return ID
  }
  emit({ type: 'phase', phase: 'create' })
  try {
    return await outlasting(signal, createPatience, patience =>
      grace.untilAnswered(() => create(patience), { signal: patience }),
    )
  } catch (error) {
    throw refusal(error, 'the service could not be created')
  }
}

// None found proves nothing at first: the Engine may still be creating it.
async function findEarlier(
  context: RunContext,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const deadline = performance.now() + settleTime; ; await pauseFor(lookAgain, signal)) {
    const found = await findServices(
      context,
      { name: [name], label: [`${labels.run}=${context.id}`] },
      signal,
    )
    if (found[0] !== undefined || performance.now() > deadline) return found[0]?.ID
  }
}

/**
 * The services that filters name. It is also the question whether the Engine is a manager: one that is not refuses it, before
 * anything is pulled or created.
 */
export async function findServices(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  filters: Record<string, string[]>,
  signal: AbortSignal,
): Promise<Service[]> {
  const list = () => engine.services.list({ filters, signal })
  return grace.untilAnswered(list, { signal }).catch(error => {
    throw refusal(error, 'the Engine can run no job on a Swarm')
  })
}

/** True where the Swarm has a service of that name already. */
export function isNameTaken(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof EngineError ? error.cause : error
  return cause instanceof EngineError && cause.status === 409
}

function refusal(error: unknown, what: string): unknown {
  return asRefusal(error, 'create-failed', what, hintOf(error))
}

function hintOf(error: unknown): string {
  const { engineMessage = '' } = error instanceof EngineError ? error : {}
  if (/does not have a leader|deadline exceeded/i.test(engineMessage))
    return 'Too few managers of the Swarm are up to decide anything: see `docker node ls` on each, and start them.'
  if (isStatus(error, 503) || /not a swarm manager/i.test(engineMessage))
    return 'Name a manager of the Swarm: --host ADDRESS. `docker swarm init` makes this Engine one.'
  if (/name must be valid|name is too long|must be.*DNS/i.test(engineMessage))
    return "A service's name is 1 to 63 letters, digits, - and _, so a job's key on a Swarm has at most 54 and no dots."
  return "Fix the option named in the Engine's message."
}
