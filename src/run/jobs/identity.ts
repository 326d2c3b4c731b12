import { createBody } from '../container/body.ts'
import { labels } from '../labels.ts'
import type { RunOptions } from '../options.ts'
import type { ContainerIdentity } from '../run-context.ts'
import { containerName } from './key.ts'
import { optionLabels } from './left-options.ts'
import { ownerText, ownOwner } from './owner.ts'
import { specHash } from './spec-hash.ts'

/** The name and the labels of a run's container. `id` is a value that no other run has. */
export async function containerIdentity(options: RunOptions, id: string): Promise<ContainerIdentity> {
  const { job, detach = false, remove = 'always', name } = options
  const own = {
    [labels.run]: id,
    [labels.owner]: ownerText(ownOwner()),
    [labels.remove]: remove,
    ...optionLabels(options),
  }
  if (job === undefined) return { name, labels: own }
  // A later run may have a terminal of another size.
  const { HostConfig: { ConsoleSize: _, ...HostConfig } = {}, ...body } = createBody(options, {})
  // A limit of a run, as its other timeouts, which are not part of a job.
  const { pendingTimeout: __, ...swarm } = options.swarm ?? {}
  const spec = await specHash({ ...body, HostConfig }, options.platform, options.swarm && swarm)
  return {
    name: containerName(job),
    labels: {
      ...own,
      [labels.job]: job,
      [labels.spec]: spec,
      ...(detach && { [labels.detached]: 'true' }),
    },
  }
}
