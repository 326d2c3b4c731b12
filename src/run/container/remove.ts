import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import { labels } from '../labels.ts'
import { isUnanswered, pauseFor, within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'

/** Milliseconds that a removal may hold a run's result, an Engine that restarts included. */
const removeLimit = 10_000
const pause = 250

/** Removes the container and its anonymous volumes. One that is gone, or being removed, is a success. */
export async function removeContainer(
  { engine, id: runId }: RunContext,
  id: string,
  unconfirmed: boolean,
): Promise<void> {
  await within(removeLimit, async signal => {
    await untilReached(() => removeOne(engine, id, signal), signal)
    if (unconfirmed) await untilReached(() => removeLabelled(engine, runId, signal), signal)
  })
}

/** Removes the container whose creation was not confirmed. Rejects when none is found: the Engine may still be creating it. */
export async function removeUnconfirmed({ engine, id: runId }: RunContext): Promise<void> {
  await within(removeLimit / 2, async signal => {
    while (!(await untilReached(() => removeLabelled(engine, runId, signal), signal)))
      await pauseFor(pause, signal)
  })
}

/** The ids of the containers that this run has created. */
export async function findLabelled(engine: Engine, runId: string, signal: AbortSignal): Promise<string[]> {
  const filters = { label: [`${labels.run}=${runId}`] }
  return (await engine.containers.list({ all: true, filters, signal })).map(({ Id }) => Id)
}

async function removeLabelled(engine: Engine, runId: string, signal: AbortSignal): Promise<boolean> {
  const found = await findLabelled(engine, runId, signal)
  for (const id of found) await removeOne(engine, id, signal)
  return found.length > 0
}

async function removeOne(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  await engine.containers.remove(id, { force: true, volumes: true, signal }).catch(error => {
    if (!isStatus(error, 404) && !isStatus(error, 409)) throw error
  })
}

// Without a warning: the job has its result.
async function untilReached<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isUnanswered(error)) throw error
      await pauseFor(pause, signal).catch(() => {
        throw error
      })
    }
  }
}
