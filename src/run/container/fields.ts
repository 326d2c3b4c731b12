import { compareVersions } from '../../engine/http/version.ts'
import type { ContainerConfig, ContainerSpec, HostConfig } from '../../engine/wire.ts'
import { HoldfastError } from '../failure.ts'
import { InvalidValueError } from '../invalid.ts'
import { nearest } from '../nearest.ts'

/** The fields of Docker's create body that a caller may set. */
const configFields: Readonly<Record<keyof ContainerConfig, true>> = {
  Cmd: true,
  Domainname: true,
  Entrypoint: true,
  Env: true,
  ExposedPorts: true,
  Healthcheck: true,
  HostConfig: true,
  Hostname: true,
  Labels: true,
  MacAddress: true,
  NetworkDisabled: true,
  NetworkingConfig: true,
  Shell: true,
  StopSignal: true,
  StopTimeout: true,
  Tty: true,
  User: true,
  Volumes: true,
  WorkingDir: true,
}

const hostFields: Readonly<Record<keyof HostConfig, true>> = {
  Annotations: true,
  Binds: true,
  BlkioDeviceReadBps: true,
  BlkioDeviceReadIOps: true,
  BlkioDeviceWriteBps: true,
  BlkioDeviceWriteIOps: true,
  BlkioWeight: true,
  BlkioWeightDevice: true,
  CapAdd: true,
  CapDrop: true,
  CgroupParent: true,
  CgroupnsMode: true,
  ConsoleSize: true,
  CpuCount: true,
  CpuPercent: true,
  CpuPeriod: true,
  CpuQuota: true,
  CpuRealtimePeriod: true,
  CpuRealtimeRuntime: true,
  CpuShares: true,
  CpusetCpus: true,
  CpusetMems: true,
  DeviceCgroupRules: true,
  DeviceRequests: true,
  Devices: true,
  Dns: true,
  DnsOptions: true,
  DnsSearch: true,
  ExtraHosts: true,
  GroupAdd: true,
  IOMaximumBandwidth: true,
  IOMaximumIOps: true,
  Init: true,
  IpcMode: true,
  Isolation: true,
  Links: true,
  LogConfig: true,
  MaskedPaths: true,
  Memory: true,
  MemoryReservation: true,
  MemorySwap: true,
  MemorySwappiness: true,
  Mounts: true,
  NanoCpus: true,
  NetworkMode: true,
  OomKillDisable: true,
  OomScoreAdj: true,
  PidMode: true,
  PidsLimit: true,
  PortBindings: true,
  Privileged: true,
  PublishAllPorts: true,
  ReadonlyPaths: true,
  ReadonlyRootfs: true,
  RestartPolicy: true,
  Runtime: true,
  SecurityOpt: true,
  ShmSize: true,
  StorageOpt: true,
  Sysctls: true,
  Tmpfs: true,
  UTSMode: true,
  Ulimits: true,
  UsernsMode: true,
  VolumeDriver: true,
  VolumesFrom: true,
}

/** Fields that are the run's own, and what to use in their place. */
const refused = new Map([
  ['Image', 'The option image names it.'],
  ['OpenStdin', 'The option stdin sets it.'],
  ['StdinOnce', 'The option stdin sets it.'],
  ['AttachStdin', 'The option stdin sets it.'],
  ['AttachStdout', 'A run always reads the output.'],
  ['AttachStderr', 'A run always reads the output.'],
  ['HostConfig.AutoRemove', 'The option remove says when the container is removed.'],
])

/** Fields that are newer than the oldest API version in use, and since when they are known; `*` is any item of a list or a map. */
const newer = {
  'HostConfig.Mounts.*.BindOptions.CreateMountpoint': '1.42',
  'HostConfig.Annotations': '1.43',
  'Healthcheck.StartInterval': '1.44',
  'HostConfig.Mounts.*.BindOptions.ReadOnlyNonRecursive': '1.44',
  'HostConfig.Mounts.*.BindOptions.ReadOnlyForceRecursive': '1.44',
  'HostConfig.Mounts.*.VolumeOptions.Subpath': '1.45',
  'HostConfig.Mounts.*.TmpfsOptions.Options': '1.46',
  'HostConfig.Mounts.*.ImageOptions': '1.47',
  'NetworkingConfig.EndpointsConfig.*.GwPriority': '1.48',
} as const

const newerPaths = Object.entries(newer).map(([path, since]) => ({
  field: path as keyof typeof newer,
  names: path.split('.'),
  since,
}))

/** Since when a container may be created with several networks. */
const severalNetworks = '1.44'

/** A field that an API version may not know. */
export type NewerField = keyof typeof newer | 'a second network'

/** Refuses what is not a create body, fields that it does not have, and those that are the run's own. */
export function checkContainer(container: unknown): asserts container is ContainerConfig {
  checkFields(container, '', configFields)
  const { HostConfig } = container
  if (HostConfig !== undefined) checkFields(HostConfig, 'HostConfig.', hostFields)
}

function checkFields<T>(
  object: unknown,
  prefix: string,
  known: Readonly<Record<keyof T, true>>,
): asserts object is T {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new InvalidValueError(
      `must be an object${prefix === '' ? '' : `, and its ${prefix.slice(0, -1)} as well`}`,
    )
  }
  for (const field of Object.keys(object)) {
    if (Object.hasOwn(known, field)) continue
    const hint = refused.get(prefix + field)
    if (hint !== undefined) throw new InvalidValueError(`must not have the field ${prefix}${field}`, hint)
    const close = nearest(field, Object.keys(known))
    throw new InvalidValueError(
      `has the field ${prefix}${field.slice(0, 40)}, which Docker's create body does not have`,
      close === undefined
        ? "Write Docker's own spelling, as HostConfig.CapDrop."
        : `Did you mean ${prefix}${close}?`,
    )
  }
}

/** The body as that API version takes it: what the Engine would ignore, as it does not know it, is refused. */
export function forVersion(body: ContainerSpec, version: string): ContainerSpec {
  const [unknown] = unknownTo(version, body)
  if (unknown !== undefined) throw tooNew(unknown.field.replaceAll('.*', ''), unknown.since, version)
  if (!isOlder(version, severalNetworks)) return body
  // Before, the address of the first network was the container's.
  const address = endpointsOf(body)[0]?.MacAddress
  return address === undefined ? body : { ...body, MacAddress: address }
}

/** What that API version does not know of a body, and which version does. */
export function unknownTo(version: string, body: ContainerConfig): { field: NewerField; since: string }[] {
  const fields: { field: NewerField; since: string }[] = newerPaths.filter(({ names }) => has(body, names))
  if (endpointsOf(body).length > 1) fields.push({ field: 'a second network', since: severalNetworks })
  return fields.filter(({ since }) => isOlder(version, since))
}

function endpointsOf({ NetworkingConfig }: ContainerConfig) {
  return Object.values(NetworkingConfig?.EndpointsConfig ?? {})
}

/** Whether the value has the path from its name number `at` on. */
function has(value: unknown, names: readonly string[], at = 0): boolean {
  if (value === undefined || value === null) return false
  const name = names[at]
  if (name === undefined) return true
  if (name === '*') return Object.values(value).some(item => has(item, names, at + 1))
  return Object.hasOwn(value, name) && has(Reflect.get(Object(value), name), names, at + 1)
}

function isOlder(version: string, than: string): boolean {
  return compareVersions(version, than) < 0
}

function tooNew(what: string, since: string, version: string): HoldfastError {
  return new HoldfastError('usage', `${what} needs API ${since}, and the Engine has ${version}`, {
    hint: 'Use a newer Engine, or omit it.',
  })
}
