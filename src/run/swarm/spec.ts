import type { ServiceSpec, TaskContainerSpec, TaskResources, TaskSpec } from '../../engine/swarm-wire.ts'
import type { ContainerConfig } from '../../engine/wire.ts'
import type { RunOptions, SwarmOptions } from '../options.ts'
import { type Platform, parsePlatform } from '../platform.ts'
import { taskMounts } from './mounts.ts'
import { taskNetworks, taskPorts } from './networks.ts'
import { refuseForSwarm } from './refused.ts'

/**
 * A task runs once. With the condition `none` Swarm makes a new task in the place of one that has failed: when another task of
 * the job fails, and when a manager starts. A restart that is a year away keeps the place.
 */
const restartPolicy = { Condition: 'on-failure', Delay: 365 * 24 * 3600 * 1_000_000_000 } as const
/** Nanoseconds of the grace that a task has to stop. */
const defaultStopGrace = 10_000_000_000

/** What a service is called, and known by. */
interface ServiceIdentity {
  name: string
  labels: Readonly<Record<string, string>>
}

/**
 * The service that runs a job: `body` is the create body of a container of it. The image is as it was asked for; secrets and
 * configs are missing. Throws a usage error for what a task can't have.
 */
export function serviceSpec(
  options: RunOptions,
  body: ContainerConfig,
  { name, labels }: ServiceIdentity,
): ServiceSpec {
  refuseForSwarm(options, body)
  const swarm = options.swarm ?? {}
  const { replicas = 1, maxConcurrent = replicas } = swarm
  const Ports = taskPorts(body)
  return {
    Name: name,
    Labels: { ...labels },
    TaskTemplate: taskSpec(options, body, swarm),
    Mode: { ReplicatedJob: { MaxConcurrent: Math.min(maxConcurrent, replicas), TotalCompletions: replicas } },
    ...(Ports.length > 0 && { EndpointSpec: { Ports } }),
  }
}

function taskSpec(options: RunOptions, body: ContainerConfig, swarm: SwarmOptions): TaskSpec {
  const { LogConfig } = body.HostConfig ?? {}
  const { constraints = [], spread = [] } = swarm
  const Networks = taskNetworks(body)
  const Resources = resources(body, swarm)
  const Placement = {
    ...(constraints.length > 0 && { Constraints: [...constraints] }),
    ...(spread.length > 0 && {
      Preferences: spread.map(label => ({ Spread: { SpreadDescriptor: label } })),
    }),
    ...(options.platform !== undefined && { Platforms: [platformSpec(parsePlatform(options.platform))] }),
  }
  return {
    ContainerSpec: containerSpec(options, body),
    RestartPolicy: restartPolicy,
    ...(hasFields(Resources) && { Resources }),
    ...(hasFields(Placement) && { Placement }),
    ...(Networks.length > 0 && { Networks }),
    ...(LogConfig?.Type && {
      LogDriver: { Name: LogConfig.Type, ...(LogConfig.Config && { Options: LogConfig.Config }) },
    }),
  }
}

function containerSpec(options: RunOptions, body: ContainerConfig): TaskContainerSpec {
  const { HostConfig = {} } = body
  const Mounts = taskMounts(body)
  const DNSConfig = defined({
    Nameservers: HostConfig.Dns,
    Search: HostConfig.DnsSearch,
    Options: HostConfig.DnsOptions,
  })
  return {
    Image: options.image,
    ...defined({
      Labels: hasFields(body.Labels ?? {}) ? body.Labels : undefined,
      Command: body.Entrypoint,
      Args: body.Cmd,
      Hostname: body.Hostname,
      Env: body.Env,
      Dir: body.WorkingDir,
      User: body.User,
      Groups: HostConfig.GroupAdd,
      ReadOnly: HostConfig.ReadonlyRootfs,
      StopSignal: body.StopSignal,
      HealthCheck: body.Healthcheck,
      Hosts: HostConfig.ExtraHosts?.map(hostsLine),
      Init: HostConfig.Init,
      Sysctls: HostConfig.Sysctls,
      CapabilityAdd: HostConfig.CapAdd,
      CapabilityDrop: HostConfig.CapDrop,
      Ulimits: HostConfig.Ulimits,
    }),
    ...(Mounts.length > 0 && { Mounts }),
    ...(hasFields(DNSConfig) && { DNSConfig }),
    StopGracePeriod: stopGrace(options, body),
  }
}

// A negative timeout is none at all to docker run; Swarm has no such grace, so that it is a day.
function stopGrace(
  { stopGrace: milliseconds }: RunOptions,
  { StopTimeout: seconds }: ContainerConfig,
): number {
  if (milliseconds !== undefined) return milliseconds * 1_000_000
  if (seconds === undefined) return defaultStopGrace
  return (seconds < 0 ? 86_400 : seconds) * 1_000_000_000
}

/** `NAME:IP` as a line of /etc/hosts. */
function hostsLine(host: string): string {
  const colon = host.indexOf(':')
  return `${host.slice(colon + 1)} ${host.slice(0, colon)}`
}

function resources(
  { HostConfig = {} }: ContainerConfig,
  { reserveMemory, reserveCpus }: SwarmOptions,
): TaskResources {
  const { PidsLimit = 0 } = HostConfig
  const Limits = defined({
    NanoCPUs: HostConfig.NanoCpus || undefined,
    MemoryBytes: HostConfig.Memory || undefined,
    Pids: PidsLimit > 0 ? PidsLimit : undefined,
  })
  const Reservations = defined({
    NanoCPUs: reserveCpus && Math.round(reserveCpus * 1e9),
    MemoryBytes: reserveMemory,
  })
  return { ...(hasFields(Limits) && { Limits }), ...(hasFields(Reservations) && { Reservations }) }
}

function platformSpec({ os, architecture }: Platform): { OS: string; Architecture: string } {
  return { OS: os, Architecture: architecture }
}

function hasFields(object: object): boolean {
  return Object.keys(object).length > 0
}

/** Without the fields that are undefined. */
function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined)
  return Object.fromEntries(fields) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
