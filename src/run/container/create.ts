import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from '../../engine/engine.ts'
import { isConnectionFailure, isStatus } from '../../engine/error.ts'
import type { Emit } from '../events.ts'
import { HoldfastError, refusedAs } from '../failure.ts'
import { findLocal } from '../image/local.ts'
import { type ImageRequest, makeLocal, pullNow } from '../image/make-local.ts'
import { isId } from '../reference.ts'
import { untilReached } from '../retry.ts'
import type { Run } from '../run-state.ts'
import { containerSpec, runLabel } from './body.ts'
import { removeGrace } from './remove.ts'

/** Creates the container; an image that was pruned since it was looked at is pulled once more. */
export async function createContainer(run: Run, request: ImageRequest, id: string): Promise<string> {
  const { record, options } = run
  const attempt = () => {
    record.emit({ type: 'phase', phase: 'create' })
    return createOnce(run, id)
  }
  try {
    return await attempt()
  } catch (error) {
    if (!isStatus(error, 404) || !(await vanished(request))) return refused(error)
    if (request.policy === 'never') {
      const hint = 'Something removed it since it was looked at. The pull policy is never: pull it first.'
      throw new HoldfastError('image-missing', `the image ${options.image} is gone from the Engine`, {
        hint,
        cause: error,
      })
    }
  }
  await pullNow(request, 'missing')
  record.image = await makeLocal({ ...request, policy: 'never' })
  return attempt().catch(refused)
}

// A 404 may be a network's or a volume's: ask for the image in place of reading the words.
async function vanished({ engine, reference, options, signal }: ImageRequest): Promise<boolean> {
  if (isId(reference)) return false
  return (await findLocal(engine, reference, options.platform, signal)).state !== 'present'
}

const refused = refusedAs(
  'create-failed',
  'the container could not be created',
  'Correct the option of the run that the Engine speaks of.',
)

// Never aborted: the Engine may create what nobody then knows of.
async function createOnce({ engine, options, record }: Run, id: string): Promise<string> {
  const { name, platform } = options
  try {
    const created = await engine.containers.create(containerSpec(options, id), { name, platform })
    for (const message of created.Warnings ?? []) record.emit({ type: 'warning', message })
    return created.Id
  } catch (error) {
    if (mayHaveArrived(error)) await removeUnconfirmed(engine, id, record.emit)
    throw error
  }
}

function mayHaveArrived(error: unknown): boolean {
  return isConnectionFailure(error) && (error.code === 'connection-lost' || error.code === 'no-answer')
}

const lookAgain = 500

/** Removes the container whose creation was asked for, when the Engine's answer was lost. */
async function removeUnconfirmed(engine: Engine, id: string, emit: Emit): Promise<void> {
  const deadline = performance.now() + removeGrace
  try {
    // None is no proof: the Engine may still be at it.
    while (!(await untilReached(() => removeLabelled(engine, id), { grace: removeGrace }))) {
      if (performance.now() > deadline) throw new Error('none was found')
      await delay(lookAgain)
    }
  } catch {
    const message = `a container may have been created without our knowing: look for the label ${runLabel}=${id}`
    emit({ type: 'warning', message })
  }
}

async function removeLabelled(engine: Engine, id: string): Promise<boolean> {
  const found = await engine.containers.list({ all: true, filters: { label: [`${runLabel}=${id}`] } })
  for (const { Id } of found) await engine.containers.remove(Id, { force: true, volumes: true })
  return found.length > 0
}
