import type { ContainerSpec, HostConfig } from '../../engine/wire.ts'
import type { RunOptions } from '../options.ts'

/** Labels that every container of ours bears, so that one whose creation was never confirmed can be found. */
export const runLabel = 'dev.holdfast.run'

/** The body of the request that creates the container. */
export function containerSpec(options: RunOptions, runId: string): ContainerSpec {
  const { image, command, entrypoint, env, workdir, user, labels, volumes = [], tty, stdin } = options
  const anonymous = volumes.filter(volume => !volume.includes(':'))
  return {
    Image: image,
    ...(command !== undefined && { Cmd: [...command] }),
    ...(entrypoint !== undefined && {
      Entrypoint: typeof entrypoint === 'string' ? [entrypoint] : orEmpty(entrypoint),
    }),
    ...(env !== undefined && {
      Env: Object.entries(env).map(([key, value]) => (value === null ? key : `${key}=${value}`)),
    }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(user !== undefined && { User: user }),
    Labels: { ...labels, [runLabel]: runId },
    ...(anonymous.length > 0 && { Volumes: Object.fromEntries(anonymous.map(path => [path, {}])) }),
    Tty: tty ?? false,
    OpenStdin: stdin !== undefined,
    StdinOnce: stdin !== undefined,
    AttachStdin: stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: hostConfig(options),
  }
}

// [""] takes the image's entrypoint away; an empty list would keep it.
function orEmpty(entrypoint: readonly string[]): string[] {
  return entrypoint.length === 0 ? [''] : [...entrypoint]
}

function hostConfig({ volumes = [], mounts = [], network, memory, cpus, init }: RunOptions): HostConfig {
  const binds = volumes.filter(volume => volume.includes(':'))
  return {
    ...(binds.length > 0 && { Binds: binds }),
    ...(mounts.length > 0 && { Mounts: [...mounts] }),
    ...(network !== undefined && { NetworkMode: network }),
    ...(memory !== undefined && { Memory: memory }),
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    ...(init !== undefined && { Init: init }),
  }
}
