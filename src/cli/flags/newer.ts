import type { Engine } from '../../engine/engine.ts'
import type { ContainerConfig } from '../../engine/wire.ts'
import { type NewerField, unknownTo } from '../../run/container/fields.ts'
import { UsageError } from '../usage.ts'

/** The flags that set what an older Engine does not know. */
const flags: Readonly<Record<NewerField, string>> = {
  'HostConfig.Annotations': '--annotation',
  'HostConfig.Mounts.*.BindOptions.CreateMountpoint': '--mount with bind-create-src',
  'HostConfig.Mounts.*.BindOptions.ReadOnlyNonRecursive': '--mount with bind-recursive=writable',
  'HostConfig.Mounts.*.BindOptions.ReadOnlyForceRecursive': '--mount with bind-recursive=readonly',
  'HostConfig.Mounts.*.VolumeOptions.Subpath': '--mount with volume-subpath',
  'HostConfig.Mounts.*.TmpfsOptions.Options': 'TmpfsOptions.Options of --container-json',
  'HostConfig.Mounts.*.ImageOptions': '--mount with image-subpath',
  'Healthcheck.StartInterval': '--health-start-interval',
  'NetworkingConfig.EndpointsConfig.*.GwPriority': '--network with gw-priority',
  'a second network': 'a second --network',
}

/** Refuses, by the names of flags, what the Engine would ignore. One that can't be asked is left to the run to report. */
export async function refuseUnknown(
  engine: Engine,
  container: ContainerConfig,
  signal: AbortSignal,
): Promise<void> {
  // The oldest version: an Engine is asked for its own only where it matters.
  if (unknownTo('0.0', container).length === 0) return
  const version = await engine.apiVersion({ signal }).catch(() => undefined)
  const [unknown] = version === undefined ? [] : unknownTo(version, container)
  if (unknown === undefined) return
  throw new UsageError(
    `${flags[unknown.field]} (${unknown.field.replaceAll('.*', '')}) needs API ${unknown.since}, and the Engine has ${version}`,
    'Use a newer Engine, or omit it.',
  )
}
