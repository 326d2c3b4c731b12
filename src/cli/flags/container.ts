import type { ContainerConfig, HostConfig } from '../../engine/wire.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { nanoseconds } from '../values/duration.ts'
import { fullPair, label, labelFile, pair, sysctl, variable, variableFile } from '../values/key-value.ts'
import { mount, volume } from '../values/mount.ts'
import { boolean, integer, text } from '../values/scalar.ts'
import { namespace, securityOption } from '../values/security.ts'
import { size } from '../values/size.ts'
import { add, type Destination, entry, type Flag, grouped, into, set } from './flag.ts'

/** What docker's flags say of the container: Docker's create body. */
export interface ContainerFlags {
  container: ContainerConfig
  /** Of a job on a Swarm. */
  onSwarm?: boolean
}

/** The owner of the fields of the create body itself. */
export const config = ({ container }: ContainerFlags): ContainerConfig => container

/** The owner of the fields of its HostConfig. */
export function host({ container }: ContainerFlags): HostConfig {
  container.HostConfig ??= {}
  return container.HostConfig
}

/** What the container runs, with which variables and files. */
export const containerFlags: readonly Flag<ContainerFlags>[] = [
  // Docker reads the files before --env, wherever they stand.
  {
    name: 'env-file',
    about: 'Set the variables of FILE; --env wins over it',
    ...into(variableFile, ({ container }: ContainerFlags, variables) => {
      container.Env = [...(container.Env ?? []), ...variables]
    }),
  },
  {
    name: 'env',
    short: 'e',
    about: 'Set a variable; NAME alone takes the value it has here',
    ...add(config, 'Env', variable),
  },
  {
    name: 'volume',
    short: 'v',
    about: 'Mount a directory of the host or a volume at DIR',
    ...ofAnyNode(
      into(volume, (flags: ContainerFlags, volume) => {
        const { container } = flags
        // The Engine refuses a repeated value.
        if (volume.includes(':')) host(flags).Binds = [...new Set([...(host(flags).Binds ?? []), volume])]
        else container.Volumes = { ...container.Volumes, [volume]: {} }
      }),
    ),
    sets: 'Binds',
  },
  {
    name: 'mount',
    about: 'Mount, as docker run --mount: type, source, target, readonly, ...',
    ...ofAnyNode(add(host, 'Mounts', mount)),
  },
  {
    name: 'workdir',
    short: 'w',
    about: 'Working directory in the container',
    ...set(config, 'WorkingDir', text('DIR')),
  },
  { name: 'user', short: 'u', about: 'Names or ids to run as', ...set(config, 'User', text('USER[:GROUP]')) },
  {
    name: 'entrypoint',
    about: "Replace the image's entrypoint; empty removes it",
    ...into(text('PROGRAM'), ({ container }: ContainerFlags, program) => {
      container.Entrypoint = [program]
    }),
  },
  { name: 'tty', short: 't', about: 'Give the container a terminal', ...set(config, 'Tty', boolean) },
  {
    name: 'init',
    about: 'Run an init as process 1: it reaps processes and forwards signals',
    ...set(host, 'Init', boolean),
  },
]

/** The rest of what docker's flags say of it. */
export const moreContainerFlags = [
  ...grouped<ContainerFlags>('Container', [
    {
      name: 'label-file',
      about: 'Put the labels of FILE on the container; --label wins over it',
      ...into(labelFile, ({ container }: ContainerFlags, labels) => {
        container.Labels = { ...container.Labels, ...Object.fromEntries(labels) }
      }),
    },
    { name: 'label', short: 'l', about: 'Put a label on the container', ...entry(config, 'Labels', label) },
    {
      name: 'annotation',
      about: 'Pass an annotation to the OCI runtime',
      ...entry(host, 'Annotations', pair),
    },
    {
      name: 'hostname',
      short: 'h',
      about: "The container's host name",
      ...set(config, 'Hostname', text('NAME')),
    },
    {
      name: 'domainname',
      about: "The container's NIS domain name",
      ...set(config, 'Domainname', text('NAME')),
    },
    {
      name: 'stop-signal',
      about: 'The signal that stops the container',
      ...set(config, 'StopSignal', text('SIGNAL')),
    },
    { name: 'runtime', about: 'The OCI runtime', ...set(host, 'Runtime', text('NAME')) },
    {
      name: 'cgroup-parent',
      about: "The container's parent cgroup",
      ...set(host, 'CgroupParent', text('CGROUP')),
    },
    { name: 'sysctl', about: 'Set a kernel parameter of the container', ...entry(host, 'Sysctls', sysctl) },
    { name: 'log-driver', about: 'The logging driver', ...set(logging, 'Type', text('DRIVER')) },
    {
      name: 'log-opt',
      about: 'An option of the logging driver',
      ...into(pair, (flags: ContainerFlags, [name, value]) => {
        const config = logging(flags)
        if (config.Type === 'none') throw new InvalidValueError('does not go with --log-driver none')
        config.Config = { ...config.Config, [name]: value }
      }),
    },
  ]),
  ...grouped<ContainerFlags>('Storage', [
    {
      name: 'read-only',
      about: "Mount the container's root file system read-only",
      ...set(host, 'ReadonlyRootfs', boolean),
    },
    {
      name: 'tmpfs',
      about: 'Mount a tmpfs at DIR',
      ...into(text('DIR[:OPTIONS]'), (flags: ContainerFlags, text) => {
        const [, path = '', options = ''] = /^([^:]*):?(.*)$/s.exec(text) ?? []
        host(flags).Tmpfs = { ...host(flags).Tmpfs, [path]: options }
      }),
    },
    { name: 'shm-size', about: 'The size of /dev/shm', ...set(host, 'ShmSize', size) },
    {
      name: 'volumes-from',
      about: 'Mount the volumes of another container',
      ...add(host, 'VolumesFrom', text('CONTAINER[:ro]')),
    },
    {
      name: 'volume-driver',
      about: 'The driver of the volumes',
      ...set(host, 'VolumeDriver', text('DRIVER')),
    },
    { name: 'storage-opt', about: 'An option of the storage driver', ...entry(host, 'StorageOpt', fullPair) },
  ]),
  ...grouped<ContainerFlags>('Security', [
    { name: 'cap-add', about: 'Add a Linux capability', ...add(host, 'CapAdd', text('CAP')) },
    {
      name: 'cap-drop',
      about: 'Drop a Linux capability; ALL drops all',
      ...add(host, 'CapDrop', text('CAP')),
    },
    {
      name: 'privileged',
      about: 'Give the container all privileges of the host',
      ...set(host, 'Privileged', boolean),
    },
    {
      name: 'security-opt',
      about: 'A security option: seccomp=FILE, apparmor=NAME, label=..., no-new-privileges',
      ...into(securityOption, (flags: ContainerFlags, option) => {
        const config = host(flags)
        if (option === 'systempaths=unconfined') Object.assign(config, { MaskedPaths: [], ReadonlyPaths: [] })
        else config.SecurityOpt = [...(config.SecurityOpt ?? []), option]
      }),
      sets: 'SecurityOpt',
    },
    { name: 'group-add', about: 'Add the user to a group', ...add(host, 'GroupAdd', text('GROUP')) },
    { name: 'userns', about: 'The user namespace', ...set(host, 'UsernsMode', namespace(['host'])) },
    {
      name: 'cgroupns',
      about: 'The cgroup namespace',
      ...set(host, 'CgroupnsMode', namespace(['host', 'private'])),
    },
    { name: 'ipc', about: 'The IPC namespace', ...set(host, 'IpcMode', text('MODE')) },
    { name: 'pid', about: 'The PID namespace', ...set(host, 'PidMode', namespace(['host'], true)) },
    { name: 'uts', about: 'The UTS namespace', ...set(host, 'UTSMode', namespace(['host'])) },
  ]),
  ...grouped<ContainerFlags>('Health check', [
    {
      name: 'health-cmd',
      about: 'The command that checks the health',
      ...into(text('COMMAND'), (flags: ContainerFlags, command) => {
        if (command !== '') health(flags).Test = ['CMD-SHELL', command]
      }),
    },
    { name: 'health-interval', about: 'Time between two checks', ...set(health, 'Interval', nanoseconds) },
    { name: 'health-timeout', about: 'Longest time of a check', ...set(health, 'Timeout', nanoseconds) },
    {
      name: 'health-start-period',
      about: 'Time to start, in which failures do not count',
      ...set(health, 'StartPeriod', nanoseconds),
    },
    {
      name: 'health-start-interval',
      about: 'Time between two checks while starting',
      ...set(health, 'StartInterval', nanoseconds),
    },
    {
      name: 'health-retries',
      about: 'Failures in a row that make it unhealthy',
      ...set(health, 'Retries', integer(0)),
    },
    {
      name: 'no-healthcheck',
      about: "Disable the image's health check",
      ...into(boolean, ({ container }: ContainerFlags, disabled) => {
        if (!disabled) return
        if (container.Healthcheck !== undefined)
          throw new InvalidValueError('does not go with --health-* flags')
        container.Healthcheck = { Test: ['NONE'] }
      }),
    },
  ]),
]

function logging(flags: ContainerFlags) {
  const config = host(flags)
  config.LogConfig ??= {}
  return config.LogConfig
}

function health({ container }: ContainerFlags) {
  container.Healthcheck ??= {}
  return container.Healthcheck
}

/** Refuses relative paths for a job on a Swarm: they would become paths of this machine. */
function ofAnyNode(destination: Destination<ContainerFlags>): Destination<ContainerFlags> {
  return {
    ...destination,
    put(flags, text, context) {
      if (flags.onSwarm && /(^|\b(source|src)=)\.{1,2}(\/|:|,|$)/i.test(text))
        throw new InvalidValueError(
          'must not have a relative path with --swarm: each node has files of its own',
          'Write an absolute path that every node has, or use --swarm-config or --secret.',
        )
      destination.put(flags, text, context)
    },
  }
}
