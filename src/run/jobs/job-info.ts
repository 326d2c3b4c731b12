import type { ContainerState, ContainerSummary } from '../../engine/wire.ts'
import { labels } from '../labels.ts'
import { type RemovePolicy, removePolicies } from '../options.ts'
import { isFollowed } from './followers.ts'
import type { SeenLease } from './lease.ts'
import { type Owner, parseOwner } from './owner.ts'

/** A job on the Engine, of this process or another. */
export interface JobInfo {
  /** Null for a run without a key. */
  key: string | null
  /** It is a service of the Swarm that the Engine manages; then `container` is the service. */
  swarm: boolean
  /** The container's id. */
  container: string
  /** The container's name. */
  name: string
  /** As the run asked for it. */
  image: string
  /** The container's, in Docker's words. */
  state: ContainerState['Status']
  /** Null unless it has exited. */
  exitCode: number | null
  /** When the container was created, in ISO 8601, by the Engine's clock. */
  created: string
  /** The process that created it; null when its label is missing. */
  owner: {
    /** The name of its host. */
    host: string
    /** Its process id there. */
    pid: number
  } | null
  /** Whether that process, or another that follows the job, is alive; null where that is not known. */
  ownerAlive: boolean | null
  /** The run ended when the container had started. */
  detached: boolean
  /** The policy of removal that the job was created with; null when its label is missing. */
  remove: RemovePolicy | null
}

export function jobInfo(summary: ContainerSummary, leases: readonly SeenLease[]): JobInfo {
  const { Id, Names, Image, State, Status, Created, Labels } = summary
  const exited = /^Exited \((\d+)\)/.exec(Status)
  return {
    swarm: false,
    container: Id,
    name: (Names[0] ?? '').replace(/^\//, ''),
    image: Image,
    state: State,
    exitCode: exited === null ? null : Number(exited[1]),
    created: new Date(Created * 1000).toISOString(),
    ...ofLabels(Id, Labels, leases),
  }
}

/** What the labels of a container or a service say. */
export function ofLabels(
  id: string,
  Labels: ContainerSummary['Labels'],
  leases: readonly SeenLease[],
): Pick<JobInfo, 'key' | 'owner' | 'ownerAlive' | 'detached' | 'remove'> {
  const owner = ownerOf({ Labels })
  return {
    key: Labels[labels.job] ?? null,
    owner: owner === undefined ? null : { host: owner.host, pid: owner.pid },
    ownerAlive: isFollowed(id, owner, leases) ?? null,
    detached: labels.detached in Labels,
    remove: removePolicies.find(policy => policy === Labels[labels.remove]) ?? null,
  }
}

/** Whether the container has ended, for good unless someone starts it again. */
export function isFinished({ state }: Pick<JobInfo, 'state'>): boolean {
  return state === 'exited' || state === 'dead' || state === 'removing'
}

export function ownerOf({ Labels }: Pick<ContainerSummary, 'Labels'>): Owner | undefined {
  return parseOwner(Labels[labels.owner])
}
