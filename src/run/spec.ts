import type { ContainerSpec, HostConfig } from '../engine/wire.ts'
import { Failure } from './failure.ts'
import { pullPolicies, type RunOptions, removePolicies } from './options.ts'
import { parsePlatform } from './platform.ts'

/** Refuses what can be known to be wrong without asking anybody. */
export function checkOptions(options: RunOptions): void {
  const { pull = 'missing', remove = 'always', platform, cpus, name } = options
  if (typeof options.image !== 'string') throw wrong('image', 'is no text')
  if (!pullPolicies.includes(pull)) throw wrong('pull', `is none of ${pullPolicies.join(', ')}`)
  if (!removePolicies.includes(remove)) throw wrong('remove', `is none of ${removePolicies.join(', ')}`)
  if (platform !== undefined) parsePlatform(platform)
  if (cpus !== undefined && !(cpus > 0 && Number.isFinite(cpus)))
    throw wrong('cpus', 'is not a positive number')
  if (name !== undefined && !/^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw wrong('name', 'is not a letter or digit followed by letters, digits, "_", "." or "-"')
  }
  for (const key of ['memory', 'capture', 'timeout', 'stopGrace'] as const) checkAmount(key, options[key])
  for (const key of Object.keys(options.env ?? {})) {
    if (key === '' || /[=\0]/.test(key)) throw wrong('env', `has a name that is empty or has "=" in it`)
  }
}

function checkAmount(key: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return
  throw wrong(key, 'is not a whole number, 0 or more')
}

function wrong(option: string, problem: string): Failure {
  return new Failure('usage', `the option ${option} ${problem}`)
}

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
