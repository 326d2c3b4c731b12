import type { Mount } from '../../engine/wire.ts'

/** Where a container finds its secrets, as on a Swarm. */
export const secretsDirectory = '/run/secrets'

/**
 * The mount of a container's secrets: in the Engine's memory, and without a name, so it is removed with the container. The Engine
 * accepts no volume without a name that is read-only.
 */
export function secretsMount(): Mount {
  const Options = { type: 'tmpfs', device: 'tmpfs', o: 'size=4m,mode=0755,noexec,nosuid,nodev' }
  return {
    Type: 'volume',
    Target: secretsDirectory,
    VolumeOptions: { NoCopy: true, DriverConfig: { Name: 'local', Options } },
  }
}
