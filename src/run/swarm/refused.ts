import type { ContainerConfig, HostConfig } from '../../engine/wire.ts'
import { HoldfastError } from '../failure.ts'
import type { RunOptions } from '../options.ts'

/** `task`: it goes into the task's spec. A text: why it is refused. */
type Decision = 'task' | string

const noSuch = 'Swarm has no such setting for a task'
const windows = 'it is for Windows'
const otherContainer = 'it names another container, which may be on another node'

const configFields: Readonly<Record<keyof ContainerConfig, Decision>> = {
  Cmd: 'task',
  Domainname: noSuch,
  Entrypoint: 'task',
  Env: 'task',
  ExposedPorts: 'task',
  Healthcheck: 'task',
  HostConfig: 'task',
  Hostname: 'task',
  Labels: 'task',
  MacAddress: noSuch,
  NetworkDisabled: 'use the network none',
  NetworkingConfig: 'task',
  Shell: noSuch,
  StopSignal: 'task',
  StopTimeout: 'task',
  Tty: 'a task has no terminal that could be attached to',
  User: 'task',
  Volumes: 'task',
  WorkingDir: 'task',
}

const hostFields: Readonly<Record<keyof HostConfig, Decision>> = {
  Annotations: noSuch,
  Binds: 'task',
  BlkioDeviceReadBps: noSuch,
  BlkioDeviceReadIOps: noSuch,
  BlkioDeviceWriteBps: noSuch,
  BlkioDeviceWriteIOps: noSuch,
  BlkioWeight: noSuch,
  BlkioWeightDevice: noSuch,
  CapAdd: 'task',
  CapDrop: 'task',
  CgroupParent: noSuch,
  CgroupnsMode: noSuch,
  ConsoleSize: 'a task has no terminal that could be attached to',
  CpuCount: windows,
  CpuPercent: windows,
  CpuPeriod: 'use the option cpus',
  CpuQuota: 'use the option cpus',
  CpuRealtimePeriod: noSuch,
  CpuRealtimeRuntime: noSuch,
  CpuShares: noSuch,
  CpusetCpus: noSuch,
  CpusetMems: noSuch,
  DeviceCgroupRules: noSuch,
  DeviceRequests: 'Swarm gives GPUs as generic resources of its nodes only, which holdfast does not ask for',
  Devices: 'Swarm gives a task no devices',
  Dns: 'task',
  DnsOptions: 'task',
  DnsSearch: 'task',
  ExtraHosts: 'task',
  GroupAdd: 'task',
  IOMaximumBandwidth: windows,
  IOMaximumIOps: windows,
  Init: 'task',
  IpcMode: noSuch,
  Isolation: windows,
  Links: otherContainer,
  LogConfig: 'task',
  MaskedPaths: noSuch,
  Memory: 'task',
  MemoryReservation: 'use the option swarm.reserveMemory, by which a node is chosen',
  MemorySwap: noSuch,
  MemorySwappiness: noSuch,
  Mounts: 'task',
  NanoCpus: 'task',
  NetworkMode: 'task',
  OomKillDisable: noSuch,
  OomScoreAdj: noSuch,
  PidMode: noSuch,
  PidsLimit: 'task',
  PortBindings: 'task',
  Privileged: 'Swarm gives a task no privileges of its host',
  PublishAllPorts: 'name each port',
  ReadonlyPaths: noSuch,
  ReadonlyRootfs: 'task',
  RestartPolicy: 'a job runs once',
  Runtime: noSuch,
  SecurityOpt: noSuch,
  ShmSize: 'task',
  StorageOpt: noSuch,
  Sysctls: 'task',
  Tmpfs: 'task',
  UTSMode: noSuch,
  Ulimits: 'task',
  UsernsMode: noSuch,
  VolumeDriver: 'name the driver in a mount, as its VolumeOptions.DriverConfig',
  VolumesFrom: otherContainer,
}

/** Refuses what of a run a task of a Swarm can't have; `body` is the create body that its options make. */
export function refuseForSwarm(options: RunOptions, body: ContainerConfig): void {
  if (options.stdin !== undefined)
    throw refused('the option stdin', 'a task has no stdin that could be attached to')
  if ((options.copyIn ?? []).length > 0) throw refused('the option copyIn', copying)
  if ((options.copyOut ?? []).length > 0) throw refused('the option copyOut', copying)
  if (typeof options.result === 'object') throw refused('the option result with a file', copying)
  if (options.secrets !== undefined)
    throw refused(
      'the option secrets',
      'its nodes get the secrets of the Swarm: name them in the option swarm.secrets',
    )
  if (options.tmpDir !== undefined) throw refused('the option tmpDir', copying)
  if (options.resources) throw refused('the option resources', 'what a task uses is known on its node only')
  refuseFields(body, '', configFields)
  refuseFields(body.HostConfig ?? {}, 'HostConfig.', hostFields)
}

const copying =
  'the files of a task are on its node, out of reach. Give it files as configs and secrets, and let it write into a volume or print its result'

function refuseFields<T extends object>(
  object: T,
  prefix: string,
  decisions: Readonly<Record<keyof T & string, Decision>>,
): void {
  for (const [field, decision] of Object.entries<Decision>(decisions)) {
    if (decision === 'task' || isUnset(Reflect.get(object, field))) continue
    throw refused(`the field ${prefix}${field}`, decision)
  }
}

function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0) return true
  if (typeof value !== 'object') return false
  // docker run --restart=no means none.
  if ('Name' in value) return value.Name === '' || value.Name === 'no'
  return Object.keys(value).length === 0
}

/** The refusal of an option or field that a task can't have. */
export function refused(what: string, why: string): HoldfastError {
  return new HoldfastError('usage', `${what} can't be used on a Swarm: ${why}`, {
    hint: 'Omit it, or run the job without the option swarm.',
  })
}
