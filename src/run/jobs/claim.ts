import { EngineError, isStatus } from '../../engine/error.ts'
import type { ContainerSummary } from '../../engine/wire.ts'
import { CreatedContainer } from '../container/container.ts'
import { followSkips } from '../container/state.ts'
import type { Execution } from '../execution.ts'
import { HoldfastError } from '../failure.ts'
import { labels } from '../labels.ts'
import type { Claim } from '../outcome.ts'
import { pauseFor } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { findByKey } from './find.ts'
import { ownerIsAlive } from './followers.ts'
import { FoundContainer } from './found-container.ts'
import { ownerOf } from './job-info.ts'
import { containerName } from './key.ts'
import { engineTime, type LeaseShare, leaseLimit, readLeases } from './lease.ts'
import { LeftContainer } from './left-container.ts'

/** Milliseconds between two inspections of a job that another process is about to start or to remove. */
const pollInterval = 250
/** Milliseconds that the removal of an earlier container may take. */
const removalLimit = 60_000

export interface Claimed {
  execution: Execution
  claim: Claim
  /** The id of the image of a container that was found. */
  image?: string
}

/**
 * The one container of the job with that key: created here, or found. The name decides: the Engine accepts it once, and a
 * run whose creation it refuses follows the container of the run that was first.
 */
export async function claim(
  context: RunContext,
  key: string,
  share: LeaseShare,
  create: () => Promise<CreatedContainer>,
): Promise<Claimed> {
  const { engine, signal, grace } = context
  let goingSince: number | undefined
  for (;;) {
    const found = await grace.untilAnswered(() => findByKey(engine, key, { signal }), { signal })
    const claimed =
      found === undefined ? await createFirst(context, key, create) : await adopt(context, key, share, found)
    if (claimed !== undefined) return claimed
    if (found !== undefined && !isGoing(found)) goingSince = undefined
    else goingSince ??= performance.now()
    if (performance.now() - (goingSince ?? Infinity) > removalLimit) throw stillThere(key)
    await pauseFor(pollInterval, signal)
  }
}

// An Engine that removes a container may have its name longer than it lists it.
function isGoing({ State }: Pick<ContainerSummary, 'State'>): boolean {
  return State === 'removing' || State === 'dead'
}

/** Undefined when another process was first. */
async function createFirst(
  context: RunContext,
  key: string,
  create: () => Promise<CreatedContainer>,
): Promise<Claimed | undefined> {
  try {
    return { execution: await create(), claim: 'created' }
  } catch (error) {
    if (!isNameTaken(error)) throw error
    await refuseForeign(context, key)
    return undefined
  }
}

// Docker answers 409, Podman 500.
function isNameTaken(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : error
  return cause instanceof EngineError && /\bname\b.*\bis already in use\b/.test(cause.engineMessage ?? '')
}

async function refuseForeign({ engine, signal, grace }: RunContext, key: string): Promise<void> {
  const name = containerName(key)
  const inspect = () => engine.containers.inspect(name, { signal })
  const found = await grace.untilAnswered(inspect, { signal }).catch(absent)
  if (found === undefined || found.Config.Labels?.[labels.job] === key) return
  throw new HoldfastError(
    'job-conflict',
    `the job ${key} needs the name ${name}, which another container has`,
    {
      hint: `Use another key, or remove the container: \`docker rm ${name}\`.`,
    },
  )
}

/** Undefined when the container is about to be started or removed by another process: it is to be looked at again. */
async function adopt(
  context: RunContext,
  key: string,
  share: LeaseShare,
  summary: ContainerSummary,
): Promise<Claimed | undefined> {
  const { engine, id: runId, signal, grace, emit } = context
  const { Id: id, Labels } = summary
  // The answer to its creation was lost.
  if (Labels[labels.run] === runId)
    return { execution: new CreatedContainer(context, id, true), claim: 'created' }
  if (Labels[labels.spec] !== context.labels[labels.spec]) throw otherSpec(key, summary)
  // Before the inspection: a process that removes the container looks for adopters first.
  await share.adopt(id).catch(error => {
    const message = `the lease on the job ${key} could not be created, so a sweep may take it for abandoned: ${error.message}`
    emit({ type: 'warning', message })
  })
  const inspect = () => engine.containers.inspect(id, { signal })
  const found = await grace.untilAnswered(inspect, { signal }).catch(absent)
  if (found === undefined || isGoing({ State: found.State.Status })) return undefined
  const { Status: state } = found.State
  const name = containerName(key)
  if (state === 'created') {
    const execution = await takeOver(context, summary)
    if (execution === undefined) return undefined
    emit({ type: 'adopted', container: id, name, state })
    return { execution, claim: 'adopted', image: found.Image }
  }
  emit({ type: 'adopted', container: id, name, state })
  const finished = state === 'exited'
  const execution = new FoundContainer(context, id, {
    tty: found.Config.Tty,
    finished,
    followSkips: followSkips(found.HostConfig),
  })
  return { execution, claim: finished ? 'finished' : 'adopted', image: found.Image }
}

/** A container that was never started, when its creator is dead and no other run is to start it. */
async function takeOver(
  context: RunContext,
  { Id: id, Created, ...summary }: ContainerSummary,
): Promise<Execution | undefined> {
  const { engine, signal, grace } = context
  const read = () => Promise.all([engineTime(engine, signal), readLeases(engine, signal)])
  const [now, leases] = await grace.untilAnswered(read, { signal })
  const creator = ownerOf(summary)
  const alive = creator && ownerIsAlive(creator, leases)
  // A creator that lives has a lease by then.
  const overdue = now - Created * 1000 > leaseLimit
  if (alive === true || (alive === undefined && !overdue)) return undefined
  return LeftContainer.claim(context, id, leases)
}

function absent(error: unknown): undefined {
  if (!isStatus(error, 404)) throw error
  return undefined
}

function otherSpec(key: string, { Image }: ContainerSummary): HoldfastError {
  return new HoldfastError(
    'job-conflict',
    `the job ${key} is on the Engine with other options (image ${Image})`,
    {
      hint: `Use another key, or remove that job: \`holdfast rm ${key}\`.`,
    },
  )
}

function stillThere(key: string): HoldfastError {
  return new HoldfastError('job-conflict', `the earlier container of the job ${key} is still being removed`, {
    hint: `Look at it: \`docker ps -a --filter name=${containerName(key)}\`.`,
  })
}
