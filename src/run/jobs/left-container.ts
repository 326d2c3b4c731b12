import type { Engine } from '../../engine/engine.ts'
import { CreatedContainer } from '../container/container.ts'
import { within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { ownerIsAlive } from './followers.ts'
import { leaseLabel, removeLease, type SeenLease } from './lease.ts'
import { ownerText, ownOwner, parseOwner } from './owner.ts'

const lockLabel = 'dev.holdfast.lock'
/** Milliseconds that the removal of the lock may hold a run. */
const patience = 5_000

/**
 * A container that was created by a process which died before it started it. One run alone may start it, else the program
 * might run twice. Its right to do so is a volume: the Engine creates a name once.
 */
export class LeftContainer extends CreatedContainer {
  readonly #context: RunContext
  #locked = true

  private constructor(context: RunContext, id: string) {
    super(context, id, false)
    this.#context = context
  }

  /** Undefined while another run has the right to start the container, or when it has been started. */
  static async claim(
    context: RunContext,
    id: string,
    leases: readonly SeenLease[],
  ): Promise<LeftContainer | undefined> {
    const { engine, grace, signal, id: runId } = context
    const lock = () => lockStart(engine, id, { runId, leases, signal })
    if (!(await grace.untilAnswered(lock, { signal }))) return undefined
    const container = new LeftContainer(context, id)
    // Another run may have had the lock before, and have started it.
    const state = await container.state(signal).catch(async error => {
      await container.#unlock()
      throw error
    })
    if (state.phase === 'created') return container
    await container.#unlock()
    return undefined
  }

  override async start(): Promise<void> {
    await super.start()
    await this.#unlock()
  }

  override async remove(): Promise<void> {
    await super.remove()
    await this.#unlock()
  }

  // A lock that stays is one that `sweep` removes when this process is dead.
  async #unlock(): Promise<void> {
    if (!this.#locked) return
    this.#locked = false
    await within(patience, signal => removeLease(this.#context.engine, lockName(this.id), signal)).catch(
      () => undefined,
    )
  }
}

/** Whether this run has the lock. May be called again: the lock has the run's id. */
async function lockStart(
  engine: Engine,
  container: string,
  { runId, leases, signal }: { runId: string; leases: readonly SeenLease[]; signal: AbortSignal },
): Promise<boolean> {
  const name = lockName(container)
  const labels = { [leaseLabel]: ownerText(ownOwner()), [lockLabel]: runId }
  // The Engine answers with the volume of that name that is there, if there is one.
  const { Labels } = await engine.volumes.create({ name, labels }, { signal })
  if (Labels?.[lockLabel] === runId) return true
  const holder = parseOwner(Labels?.[leaseLabel])
  if (holder === undefined || ownerIsAlive(holder, leases) === false) await removeLease(engine, name, signal)
  return false
}

function lockName(container: string): string {
  return `holdfast-start-${container}`
}
