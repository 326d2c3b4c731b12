import type { Service, ServiceSpec } from '../../engine/swarm-wire.ts'
import { createBody } from '../container/body.ts'
import type { TaskFacts } from '../events.ts'
import { type FailureKind, HoldfastError } from '../failure.ts'
import { labels } from '../labels.ts'
import type { Claim, ImageFacts, SwarmFacts } from '../outcome.ts'
import { parseReference, type Reference } from '../reference.ts'
import { pauseFor } from '../retry.ts'
import type { Run } from '../run-state.ts'
import { createService, findServices, isNameTaken } from '../swarm/create.ts'
import { taskFiles } from '../swarm/files.ts'
import { isPinned, pinned } from '../swarm/pin.ts'
import { ServiceExecution } from '../swarm/service.ts'
import { serviceSpec } from '../swarm/spec.ts'
import type { WatchedService } from '../swarm/task-watch.ts'
import { wantedOf } from '../swarm/verdict.ts'
import type { LeaseShare } from './lease.ts'
import { ownerText, ownOwner } from './owner.ts'

/** Milliseconds between two looks at a service that another process is about to remove. */
const pollInterval = 250
/** Milliseconds that a service may be refused as there already, and not be there. */
const removalLimit = 60_000

/** A run's service, and how the run came by it. */
export interface ClaimedService {
  execution: ServiceExecution
  claim: Claim
}

/**
 * The service of a run on a Swarm: created here, or with a key found. As with containers the name decides: a Swarm accepts it
 * once. `makeLocal` makes the image local on the manager's Engine.
 */
export async function claimService(
  run: Run,
  share: LeaseShare,
  makeLocal: () => Promise<ImageFacts>,
): Promise<ClaimedService> {
  const { options, signal, id, name = `holdfast-${id}` } = run
  // Before any request: what a task can't have is a usage error.
  const spec = serviceSpec(options, createBody(options, {}), { name, labels: run.labels })
  for (const deadline = performance.now() + removalLimit; ; await pauseFor(pollInterval, signal)) {
    const found = await findServices(run, filtersOf(run, name), signal)
    const own = options.job === undefined ? undefined : found[0]
    const claimed = own === undefined ? await createFirst(run, spec, makeLocal) : await adopt(run, share, own)
    if (claimed !== undefined) return claimed
    if (performance.now() > deadline)
      throw new HoldfastError('job-conflict', `the earlier service ${name} is still being removed`, {
        hint: `Look at it: \`docker service ps ${name}\`.`,
      })
  }
}

function filtersOf({ options }: Run, name: string): Record<string, string[]> {
  return options.job === undefined ? { name: [name] } : { label: [`${labels.job}=${options.job}`] }
}

/** Undefined when another process was first. */
async function createFirst(
  run: Run,
  spec: ServiceSpec,
  makeLocal: () => Promise<ImageFacts>,
): Promise<ClaimedService | undefined> {
  const { options, signal } = run
  const files = await taskFiles(run)
  const Image = await pinnedImage(run, makeLocal)
  const { TaskTemplate } = spec
  const ContainerSpec = { ...TaskTemplate.ContainerSpec, ...files, Image }
  try {
    const id = await createService(run, { ...spec, TaskTemplate: { ...TaskTemplate, ContainerSpec } })
    return { execution: created(run, id, spec, Image), claim: 'created' }
  } catch (error) {
    if (options.job === undefined || !isNameTaken(error)) throw error
    const [other] = (await findServices(run, { name: [spec.Name] }, signal)).filter(
      ({ Spec }) => Spec.Name === spec.Name,
    )
    if (other !== undefined && other.Spec.Labels?.[labels.job] !== options.job)
      throw new HoldfastError(
        'job-conflict',
        `the job ${options.job} needs the name ${spec.Name}, which another service has`,
        { hint: `Use another key, or remove the service: \`docker service rm ${spec.Name}\`.` },
      )
    return undefined
  }
}

function created(run: Run, id: string, spec: ServiceSpec, image: string): ServiceExecution {
  run.emit({ type: 'created', container: id, name: spec.Name })
  return executionOf(
    run,
    { id, filters: { label: [`${labels.owner}=${ownerText(ownOwner())}`] } },
    spec,
    image,
  )
}

function executionOf(
  run: Run,
  service: Pick<WatchedService, 'id' | 'filters'>,
  spec: ServiceSpec,
  image: string,
): ServiceExecution {
  const facts: SwarmFacts = { service: spec.Name, image, tasks: [] }
  run.record.swarm = facts
  const { engine, grace, emit, options } = run
  const onTasks = (tasks: TaskFacts[]) => {
    facts.tasks = tasks
  }
  const wanted = wantedOf(spec, options.skipExitCodes)
  return new ServiceExecution({ engine, grace, emit, options, onTasks }, { ...service, wanted })
}

/** Failures of the manager's Engine to have an image that its nodes may have. */
const perhapsElsewhere: ReadonlySet<FailureKind> = new Set([
  'image-missing',
  'registry-outage',
  'registry-denied',
  'registry-not-found',
  'credential-error',
  'pull-failed',
])

async function pinnedImage(run: Run, makeLocal: () => Promise<ImageFacts>): Promise<string> {
  const { engine, options, signal, grace, emit, record } = run
  const reference = parseReference(options.image)
  try {
    record.image = await makeLocal()
  } catch (error) {
    if (!(error instanceof HoldfastError) || !perhapsElsewhere.has(error.kind)) throw error
    if (!isPinned(reference)) {
      const hint = "On a Swarm the manager's Engine must have the image, or its digest or id must be named."
      throw error.withHint(hint)
    }
    const others = options.pull === 'never' && reference.kind === 'name' ? ', and any other pulls it' : ''
    const message = `the manager's Engine does not have the image; a node that has it runs it${others}: ${error.message}`
    emit({ type: 'warning', message })
    return nameOf(reference)
  }
  const { id } = record.image
  // A node pulls what has a name, and no id.
  if (options.pull === 'never') return id
  const inspect = () => engine.images.inspect(id, { signal })
  return pinned(reference, await grace.untilAnswered(inspect, { signal }))
}

function nameOf(reference: Reference): string {
  if (reference.kind === 'id') return reference.id
  return reference.familiarDigest ?? reference.canonical
}

/** Undefined when the service is gone by now. */
async function adopt(
  run: Run,
  share: LeaseShare,
  { ID, Spec }: Service,
): Promise<ClaimedService | undefined> {
  const { options, id: runId, emit, signal } = run
  const { job: key = '' } = options
  const { Labels, Name, TaskTemplate } = Spec
  const { Image } = TaskTemplate.ContainerSpec
  // The answer to its creation was lost.
  if (Labels?.[labels.run] === runId) return { execution: created(run, ID, Spec, Image), claim: 'created' }
  if (Labels?.[labels.spec] !== run.labels[labels.spec])
    throw new HoldfastError(
      'job-conflict',
      `the job ${key} is in the Swarm with other options (image ${Image})`,
      {
        hint: `Use another key, or remove that job: \`holdfast rm ${key}\`.`,
      },
    )
  await share.adopt(ID).catch(error => {
    const message = `the lease on the job ${key} could not be created, so a sweep may take it for abandoned: ${error.message}`
    emit({ type: 'warning', message })
  })
  const found = executionOf(run, { id: ID, filters: { service: [ID] } }, Spec, Image)
  const phase = await found.look(signal)
  if (phase === undefined) return undefined
  emit({ type: 'adopted', container: ID, name: Name, state: phase === 'ended' ? 'exited' : 'running' })
  return { execution: found, claim: phase === 'ended' ? 'finished' : 'adopted' }
}
