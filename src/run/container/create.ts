import { EngineError, isStatus } from '../../engine/error.ts'
import { redactHeld } from '../../redact/held.ts'
import { asRefusal } from '../failure.ts'
import { labels as labelNames } from '../labels.ts'
import { isUnanswered, mayHaveArrived, pauseFor } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { createBody, withTmpDirFrom } from './body.ts'
import { CreatedContainer } from './container.ts'
import { forVersion } from './fields.ts'
import { findLabelled, removeUnconfirmed } from './remove.ts'

/** Milliseconds that the Engine may still work on a creation whose answer was lost. */
const creationLag = 2_000
const searchInterval = 250

/**
 * Creates the run's container. `imageMissing` is called when the Engine answers 404: it makes the image local again, or
 * throws.
 */
export async function createContainer(
  context: RunContext,
  imageMissing: (refusal: unknown) => Promise<void>,
): Promise<CreatedContainer> {
  const { emit } = context
  let { tmpDir } = context
  const attempt = () => {
    emit({ type: 'phase', phase: 'create' })
    return createConfirmed(context, tmpDir).catch(error => {
      if (tmpDir === undefined || !names(error, tmpDir)) throw error
      const message = `the Engine does not see ${tmpDir} of this machine: the container gets a volume in its place`
      emit({ type: 'warning', message })
      tmpDir = undefined
      return createConfirmed(context, tmpDir)
    })
  }
  try {
    return await attempt()
  } catch (error) {
    if (!isStatus(error, 404)) throw refused(error)
    await imageMissing(refused(error))
  }
  return attempt().catch(error => {
    throw refused(error)
  })
}

/** Whether the Engine's refusal is about that path. */
function names(error: unknown, path: string): boolean {
  return error instanceof EngineError && error.code === 'status' && (error.engineMessage ?? '').includes(path)
}

function refused(error: unknown): unknown {
  const hint = nameTaken(error) ?? "Fix the option named in the Engine's message."
  return asRefusal(error, 'create-failed', 'the container could not be created', hint)
}

// Docker: `name "/x" is already in use by container "ID"`; Podman: `name "x" is already in use by ID`.
const taken = /\bname "?\/?([\w.-]+)"? is already in use by (?:container )?"?([0-9a-f]{12})?/

function nameTaken(error: unknown): string | undefined {
  const [found, containerName, id] =
    taken.exec((error instanceof EngineError && error.engineMessage) || '') ?? []
  if (found === undefined) return undefined
  const owner = id === undefined ? 'Another container' : `The container ${id}`
  return `${owner} has that name. Choose another one with the option name, or remove it once it is of no use: \`docker rm ${containerName}\`.`
}

/** Creates the container; one whose creation was not confirmed is found by its label, so that there are never two. */
async function createConfirmed(context: RunContext, tmpDir: string | undefined): Promise<CreatedContainer> {
  const { engine, options, name, labels, emit, signal, overdue, grace } = context
  const { platform } = options
  let unconfirmed = false
  const create = async () => {
    const earlier = unconfirmed ? await findEarlier(context) : undefined
    if (earlier !== undefined) return earlier
    const request = { name, platform, signal: overdue }
    const wanted = withTmpDirFrom(createBody(options, labels), options, tmpDir)
    const body = forVersion(wanted, await engine.apiVersion({ signal: overdue }))
    const { Id, Warnings } = await engine.containers.create(body, request).catch(error => {
      unconfirmed ||= overdue.aborted || mayHaveArrived(error)
      throw error
    })
    for (const message of Warnings ?? []) emit({ type: 'warning', message: redactHeld(message) })
    return Id
  }
  try {
    const id = await grace.untilAnswered(create, { signal: overdue })
    return new CreatedContainer(context, id, unconfirmed)
  } catch (error) {
    if (unconfirmed && (signal.aborted || isUnanswered(error))) await removeOrWarn(context)
    throw error
  }
}

// None found proves nothing at first: the Engine may still be creating it.
async function findEarlier({ engine, id: runId, overdue }: RunContext): Promise<string | undefined> {
  for (const deadline = performance.now() + creationLag; ; await pauseFor(searchInterval, overdue)) {
    const [found] = await findLabelled(engine, runId, overdue)
    if (found !== undefined || performance.now() > deadline) return found
  }
}

async function removeOrWarn(context: RunContext): Promise<void> {
  await removeUnconfirmed(context).catch(() => {
    const message = `a container may have been created without an answer: look for the label ${labelNames.run}=${context.id}`
    context.emit({ type: 'warning', message })
  })
}
