import type { ContainerConfig, ContainerSpec, HostConfig, Mount } from '../../engine/wire.ts'
import type { RunOptions } from '../options.ts'
import { secretsMount } from './secrets-mount.ts'

/**
 * The body of the request that creates the container: the everyday options, `container` merged over them, then what the run
 * itself needs, `ownLabels` among it.
 */
export function createBody(options: RunOptions, ownLabels: Readonly<Record<string, string>>): ContainerSpec {
  const { container } = options
  const body = container === undefined ? everyday(options) : mergeContainer(everyday(options), container)
  const stdin = options.stdin !== undefined
  return {
    ...body,
    Image: options.image,
    Labels: { ...body.Labels, ...ownLabels },
    Tty: hasTty(options),
    OpenStdin: stdin,
    StdinOnce: stdin,
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { ...body.HostConfig, ...withOwnMounts(options, body) },
  }
}

/** The mounts of the container, and those that options of the run make. */
function withOwnMounts(
  { secrets = {}, tmpDir }: RunOptions,
  { HostConfig: { Mounts = [] } = {} }: ContainerConfig,
): Pick<HostConfig, 'Mounts'> {
  const own = [
    ...(tmpDir === undefined ? [] : [tmpDirMount(tmpDir.to)]),
    ...(Object.keys(secrets).length === 0 ? [] : [secretsMount()]),
  ]
  return own.length === 0 ? {} : { Mounts: [...Mounts, ...own] }
}

function tmpDirMount(to: string, from?: string): Mount {
  return from === undefined
    ? { Type: 'volume', Target: to, VolumeOptions: { NoCopy: true } }
    : { Type: 'bind', Source: from, Target: to }
}

/** The body with that directory of this machine in place of the volume that it has for `tmpDir`. */
export function withTmpDirFrom(
  body: ContainerSpec,
  { tmpDir }: RunOptions,
  from: string | undefined,
): ContainerSpec {
  if (tmpDir === undefined || from === undefined) return body
  const Mounts = body.HostConfig?.Mounts?.map(mount =>
    mount.Target === tmpDir.to ? tmpDirMount(tmpDir.to, from) : mount,
  )
  return { ...body, HostConfig: { ...body.HostConfig, ...(Mounts && { Mounts }) } }
}

/** Whether the container gets a terminal, by either way to ask for one. */
export function hasTty({ container, tty = false }: Pick<RunOptions, 'container' | 'tty'>): boolean {
  return container?.Tty ?? tty
}

/** The command that the options ask for; null where it is the image's own. */
export function commandOf({
  command,
  container,
}: Pick<RunOptions, 'command' | 'container'>): string[] | null {
  const given: unknown = container?.Cmd ?? command
  return Array.isArray(given) ? [...given] : null
}

function everyday(options: RunOptions): ContainerConfig {
  const { command, entrypoint, env, workdir, user, labels, volumes = [], mounts = [] } = options
  const { network, memory, cpus, init } = options
  const anonymous = volumes.filter(volume => !volume.includes(':'))
  const binds = volumes.filter(volume => volume.includes(':'))
  return {
    ...(command !== undefined && { Cmd: [...command] }),
    ...(entrypoint !== undefined && {
      Entrypoint: typeof entrypoint === 'string' ? [entrypoint] : orEmpty(entrypoint),
    }),
    ...(env !== undefined && {
      Env: Object.entries(env).flatMap(([key, value]) => {
        if (value === undefined) return []
        return value === null ? key : `${key}=${value}`
      }),
    }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(user !== undefined && { User: user }),
    ...(labels !== undefined && { Labels: labels }),
    ...(anonymous.length > 0 && { Volumes: Object.fromEntries(anonymous.map(path => [path, {}])) }),
    HostConfig: {
      ...(binds.length > 0 && { Binds: binds }),
      ...(mounts.length > 0 && { Mounts: [...mounts] }),
      ...(network !== undefined && { NetworkMode: network }),
      ...(memory !== undefined && { Memory: memory }),
      ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
      ...(init !== undefined && { Init: init }),
    },
  }
}

// [""] takes the image's entrypoint away; an empty list would keep it.
function orEmpty(entrypoint: readonly string[]): string[] {
  return entrypoint.length === 0 ? [''] : [...entrypoint]
}

/** One create body over another: objects are merged, lists and all else of `over` replace. */
export const mergeContainer = (base: ContainerConfig, over: ContainerConfig): ContainerConfig =>
  merged(base, over)

/** Objects are merged, lists and all else of `over` replace; undefined counts as absent. */
function merged<T>(base: T, over: T): T {
  if (!isObject(base) || !isObject(over)) return over
  const fields = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) fields.set(key, merged(fields.get(key), value))
  }
  // Not by assignment: a label may be called __proto__.
  return Object.fromEntries(fields) as T
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
