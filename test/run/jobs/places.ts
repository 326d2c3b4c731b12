import type { ContainerSpec } from '../../../src/engine/wire.ts'
import { type Owner, ownerText, ownOwner } from '../../../src/run/jobs/owner.ts'
import { labels } from '../../../src/run/labels.ts'
import { FakeContainer, type Program } from '../../support/fake-container.ts'
import type { FakeEngine } from '../../support/fake-engine.ts'

/** A process of this host that has ended. */
export const dead: Owner = { ...ownOwner(), started: '1' }
/** A process of another host. */
export const elsewhere: Owner = { host: 'other', boot: 'b', pids: '1', pid: 7, started: '2' }

/** What a runner has left on the Engine. */
export interface Left {
  key?: string
  owner?: Owner
  remove?: string
  detached?: boolean
  state?: 'created' | 'running' | 'exited'
  exitCode?: number
  /** Milliseconds since it ended. */
  endedAgo?: number
  spec?: Partial<ContainerSpec>
  labels?: Record<string, string>
  program?: Program
}

let containers = 0

export function leave(
  engine: FakeEngine,
  {
    key,
    owner = dead,
    remove = 'always',
    detached = false,
    state = 'created',
    exitCode = 0,
    endedAgo = 0,
    ...rest
  }: Left,
): FakeContainer {
  const Labels = {
    [labels.run]: `run-${++containers}`,
    [labels.owner]: ownerText(owner),
    [labels.remove]: remove,
    ...(key !== undefined && { [labels.job]: key }),
    ...(detached && { [labels.detached]: 'true' }),
    ...rest.labels,
  }
  const name = key === undefined ? `left-${containers}` : `holdfast-${key}`
  const container = new FakeContainer(name, { Image: 'bb:1', ...rest.spec, Labels }, rest.program ?? forever)
  engine.containers.push(container)
  if (state !== 'created') void container.start()
  if (state === 'exited') {
    container.end(exitCode)
    container.log.end()
  }
  container.createdAt -= endedAgo
  container.finishedAt -= endedAgo
  return container
}

const forever: Program = () => new Promise(() => undefined)

/** A lease as its owner left it. */
export function leaveLease(engine: FakeEngine, owner: Owner, { age = 0, adopted = '' } = {}): void {
  const CreatedAt = new Date(Date.now() - age).toISOString()
  const Labels = { 'dev.holdfast.lease': ownerText(owner), 'dev.holdfast.adopted': adopted }
  const Name = `holdfast-lease-${engine.volumes.length}`
  engine.volumes.push({ Name, Labels, CreatedAt, Driver: 'local', Mountpoint: '/v', Scope: 'local' })
}
