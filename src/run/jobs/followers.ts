import { within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { leaseLimit, readLeases, type SeenLease } from './lease.ts'
import { isAlive, type Owner, ownerText } from './owner.ts'

/**
 * Whether a process that follows the container is alive: the one that created it, or one that adopted it. Undefined where
 * that is not known.
 */
export function isFollowed(
  container: string,
  creator: Owner | undefined,
  leases: readonly SeenLease[],
): boolean | undefined {
  const adopters = leases.filter(({ adopted }) => adopted.includes(container)).map(({ owner }) => owner)
  const alive = [creator, ...adopters].map(owner => owner && ownerIsAlive(owner, leases))
  if (alive.includes(true)) return true
  return alive.includes(undefined) ? undefined : false
}

/** By this host's processes, else by the owner's lease. An owner without a lease may be young, or its lease was pruned. */
export function ownerIsAlive(owner: Owner, leases: readonly SeenLease[]): boolean | undefined {
  const here = isAlive(owner)
  if (here !== undefined) return here
  const text = ownerText(owner)
  const own = leases.filter(lease => ownerText(lease.owner) === text)
  return own.length === 0 ? undefined : own.some(({ age }) => age < leaseLimit)
}

/** Milliseconds that the question may hold a run's result. */
const patience = 5_000

/** Whether another run follows the container of this run's job. Without an answer it counts as not followed. */
export async function isAdopted({ engine }: RunContext, container: string): Promise<boolean> {
  const leases = await within(patience, signal => readLeases(engine, signal)).catch(() => [])
  return leases.some(
    ({ owner, adopted }) => adopted.includes(container) && ownerIsAlive(owner, leases) !== false,
  )
}
