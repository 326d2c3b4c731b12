import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import type { Volume } from '../../engine/wire.ts'
import { within } from '../retry.ts'
import { type Owner, ownerText, ownOwner, parseOwner } from './owner.ts'

/*
 * How a process shows that it is alive to processes on other hosts: an empty volume on the Engine whose labels name the
 * process, and whose age is known by the Engine's clock alone. A volume can't be changed: the next one is created, then the
 * one before is removed. A process has one lease on an Engine, however many jobs it runs there.
 */

/** Milliseconds until the first volume is created: a short job costs no request. */
const firstRenewal = 30_000
const interval = 60_000
/** Milliseconds of one renewal. */
const patience = 10_000
/** Milliseconds: the owner of a lease this old is taken for dead. More than a renewal and the default engineGrace. */
export const leaseLimit = 300_000

/** The value is the owner. */
export const leaseLabel = 'dev.holdfast.lease'
const adoptedLabel = 'dev.holdfast.adopted'

/** One run's share in the lease of its process. */
export interface LeaseShare {
  /** Shows at once that this process follows a container that another process has created. */
  adopt(container: string): Promise<void>
  /** The last one removes the lease. */
  release(): Promise<void>
}

const leases = new WeakMap<Engine, Lease>()

/** Takes part in this process's lease on that Engine. `runId` is a value that no other run has. */
export function shareLease(engine: Engine, runId: string): LeaseShare {
  const lease = leases.get(engine) ?? new Lease(engine, runId)
  leases.set(engine, lease)
  return lease.share()
}

interface Share {
  /** The container that it has adopted. */
  adopted?: string
}

class Lease {
  readonly #engine: Engine
  readonly #id: string
  readonly #shares = new Set<Share>()
  /** All that may exist: the answer to a creation may have been lost. */
  readonly #volumes = new Set<string>()
  #renewals = 0
  #timer: NodeJS.Timeout | undefined
  /** What was asked for last; undefined before the first renewal, when there is nothing to remove. */
  #turn: Promise<void> | undefined

  constructor(engine: Engine, id: string) {
    this.#engine = engine
    this.#id = id
  }

  share(): LeaseShare {
    const share: Share = {}
    if (this.#shares.size === 0) this.#renewAfter(firstRenewal)
    this.#shares.add(share)
    const adopt = async (container: string) => {
      if (share.adopted === container) return
      share.adopted = container
      await this.#inTurn(signal => this.#renew(signal))
    }
    const release = async () => {
      if (!this.#shares.delete(share)) return
      if (this.#shares.size === 0) await this.#end()
      else if (share.adopted !== undefined) await this.#inTurn(signal => this.#renew(signal)).catch(ignore)
    }
    return { adopt, release }
  }

  #renewAfter(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#renewAfter(interval)
      void this.#inTurn(signal => this.#renew(signal)).catch(ignore)
    }, milliseconds)
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#turn === undefined) return
    await this.#inTurn(async signal => {
      // A run may have begun meanwhile.
      if (this.#shares.size === 0) await this.#removeVolumes(signal)
    }).catch(ignore)
  }

  #inTurn(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const done = Promise.resolve(this.#turn).then(() => within(patience, work))
    this.#turn = done.catch(ignore)
    return done
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const name = `holdfast-lease-${this.#id}-${++this.#renewals}`
    const adopted = [...this.#shares].flatMap(({ adopted = [] }) => adopted)
    const labels = { [leaseLabel]: ownerText(ownOwner()), [adoptedLabel]: adopted.join(' ') }
    const old = [...this.#volumes]
    this.#volumes.add(name)
    await this.#engine.volumes.create({ name, labels }, { signal })
    await this.#removeVolumes(signal, old)
  }

  async #removeVolumes(signal: AbortSignal, names: readonly string[] = [...this.#volumes]): Promise<void> {
    for (const name of names) {
      await removeLease(this.#engine, name, signal)
      this.#volumes.delete(name)
    }
  }
}

// The Engine may be away. The next renewal makes up for this one, and `sweep` removes what is left.
function ignore(): void {}

/** A lease as others see it. */
export interface SeenLease {
  volume: string
  owner: Owner
  /** Ids of containers that the owner follows without having created them. */
  adopted: readonly string[]
  /** Milliseconds since it was renewed. */
  age: number
}

/** All leases on an Engine: one request, and another one for its time where there are any. */
export async function readLeases(engine: Engine, signal?: AbortSignal): Promise<SeenLease[]> {
  const volumes = await engine.volumes.list({ filters: { label: [leaseLabel] }, signal })
  if (volumes.length === 0) return []
  const now = await engineTime(engine, signal)
  return volumes.flatMap(volume => seenLease(volume, now))
}

/**
 * Milliseconds since 1970 by the Engine's clock. It counts all of its containers for the answer, which takes half as long as a
 * list of them.
 */
export async function engineTime(engine: Engine, signal?: AbortSignal): Promise<number> {
  const { SystemTime = '' } = await engine.system.info({ signal })
  return Date.parse(SystemTime)
}

function seenLease({ Name: volume, Labels, CreatedAt = '' }: Volume, now: number): SeenLease[] {
  const owner = parseOwner(Labels?.[leaseLabel])
  const age = now - Date.parse(CreatedAt)
  if (owner === undefined || Number.isNaN(age)) return []
  return [{ volume, owner, adopted: Labels?.[adoptedLabel]?.split(' ') ?? [], age }]
}

/** Succeeds when it is gone already. */
export async function removeLease(engine: Engine, volume: string, signal?: AbortSignal): Promise<void> {
  await engine.volumes.remove(volume, { signal }).catch(error => {
    if (!isStatus(error, 404)) throw error
  })
}
