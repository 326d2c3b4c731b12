import { EngineError, isStatus } from '../../engine/error.ts'
import type { Service, ServiceSpec } from '../../engine/swarm-wire.ts'
import { asRefusal } from '../failure.ts'
import { labels } from '../labels.ts'
import { mayHaveArrived, pauseFor, within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { removeService } from './remove.ts'
import { hasNoQuorum, isSwarmAway } from './swarm-view.ts'

/** Milliseconds that the Engine may still work on a creation whose answer was lost. */
const creationLag = 2_000
/** Milliseconds between two lists of the services. */
const pollInterval = 250
/** Milliseconds that a service whose creation was given up is looked for. */
const removeLimit = 5_000

/** Creates the service; one whose creation was not confirmed is found by its labels, so that there are never two. */
export async function createService(context: RunContext, spec: ServiceSpec): Promise<string> {
  const { engine, signal, overdue, grace, emit } = context
  let unconfirmed = false
  const create = async () => {
    const earlier = unconfirmed ? await findEarlier(context, spec.Name, overdue) : undefined
    if (earlier !== undefined) return earlier
    const { ID, Warnings } = await engine.services.create(spec, { signal: overdue }).catch(error => {
      // Managers that had no quorum may still create it once they have one.
      unconfirmed ||= overdue.aborted || mayHaveArrived(error) || isSwarmAway(error)
      throw error
    })
    for (const message of Warnings ?? []) emit({ type: 'warning', message })
    return ID
  }
  emit({ type: 'phase', phase: 'create' })
  try {
    return await grace.untilAnswered(create, { signal: overdue, unanswered: isSwarmAway })
  } catch (error) {
    if (unconfirmed && (signal.aborted || isSwarmAway(error))) await removeOrWarn(context, spec.Name)
    throw refusal(error, 'the service could not be created')
  }
}

async function removeOrWarn(context: RunContext, name: string): Promise<void> {
  const remove = async (signal: AbortSignal) => {
    const id = await findEarlier(context, name, signal)
    if (id === undefined) throw new Error('the service is not there yet')
    await removeService(context.engine, id, signal)
  }
  await within(removeLimit, remove).catch(() => {
    const message = `the service may have been created without an answer: look for it when the managers answer again, \`docker service ps ${name}\``
    context.emit({ type: 'warning', message })
  })
}

// None found proves nothing at first: the Engine may still be creating it.
async function findEarlier(
  { engine, id }: RunContext,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const filters = { name: [name], label: [`${labels.run}=${id}`] }
  for (const deadline = performance.now() + creationLag; ; await pauseFor(pollInterval, signal)) {
    const [found] = await engine.services.list({ filters, signal })
    if (found !== undefined || performance.now() > deadline) return found?.ID
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
  if (hasNoQuorum(error))
    return 'Too few managers of the Swarm are up to decide anything: see `docker node ls` on each, and start them.'
  if (isStatus(error, 503) || /not a swarm manager/i.test(engineMessage))
    return 'Name a manager of the Swarm with the option engine. `docker swarm init` makes this Engine one.'
  if (/name must be (valid|63 characters)/i.test(engineMessage))
    return "A service's name is 1 to 63 letters, digits, - and _, so a job's key on a Swarm has at most 54 and no dots."
  return "Fix the option named in the Engine's message."
}
