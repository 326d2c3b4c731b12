/*
 * Docker's own shapes and spelling: what we send, and what we read of what comes back.
 * Source: the Engine API's definitions, versions 1.41 to 1.52.
 */

/** `GET /version`. */
export interface Version {
  Version: string
  ApiVersion: string
  MinAPIVersion?: string
  Os: string
  Arch: string
  KernelVersion?: string
  Platform?: { Name: string }
  Components?: Array<{ Name: string; Version: string }>
}

/** `GET /info`, in part. */
export interface Info {
  ID: string
  Name: string
  Containers: number
  Images: number
  Driver: string
  DockerRootDir: string
  LiveRestoreEnabled?: boolean
  OSType: string
  Architecture: string
  NCPU: number
  MemTotal: number
  ServerVersion: string
  /** The Engine's clock, in RFC 3339 with nanoseconds. */
  SystemTime?: string
  SecurityOptions?: string[] | null
  Warnings?: string[] | null
}

/** A line of `GET /events`. */
export interface EngineEvent {
  Type: string
  Action: string
  Actor: { ID: string; Attributes?: Record<string, string> }
  scope?: string
  /** Seconds since 1970. */
  time: number
  timeNano: number
}

/** `GET /images/{name}/json`, in part. */
export interface ImageInspect {
  /** The config's digest with the graph drivers, the manifest's or the index's with the containerd store. */
  Id: string
  RepoTags?: string[] | null
  RepoDigests?: string[] | null
  Created?: string
  Size?: number
  /** Empty where the containerd store has the name but not the content. */
  Os: string
  Architecture: string
  Variant?: string
  /** Of the image that it was built from, on this Engine. */
  Parent?: string
  Comment?: string
  Author?: string
  /** The Engine that built it. */
  DockerVersion?: string
  RootFS?: { Type: string; Layers?: string[] }
  /** Absent with the containerd store. */
  GraphDriver?: GraphDriver
  /** API 1.48. */
  Descriptor?: Descriptor
  /** `0001-01-01T00:00:00Z` stands for never. */
  Metadata?: { LastTagTime?: string }
  Config?: {
    Cmd?: string[] | null
    Entrypoint?: string[] | null
    Env?: string[] | null
    Labels?: Record<string, string> | null
    User?: string
    WorkingDir?: string
    StopSignal?: string
    ExposedPorts?: Record<string, object> | null
    Volumes?: Record<string, object> | null
    Healthcheck?: Healthcheck | null
    Shell?: string[] | null
    OnBuild?: string[] | null
  } | null
}

/** Where the storage driver has the layers of an image or a container. */
export interface GraphDriver {
  Name: string
  Data: Record<string, string> | null
}

/** A manifest or an index of manifests, in the spelling of OCI. */
export interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

/** An entry of `GET /images/json`. */
export interface ImageSummary {
  Id: string
  RepoTags: string[] | null
  RepoDigests: string[] | null
  /** Seconds since 1970. */
  Created: number
  Size: number
  /** Bytes shared with other images; -1 where it was not counted. */
  SharedSize: number
  /** Containers that use it; -1 where they were not counted. */
  Containers: number
  ParentId: string
  Labels: Record<string, string> | null
}

/** A line of the stream of `POST /images/create` and `POST /images/load`. */
export interface Progress {
  status?: string
  id?: string
  stream?: string
  progressDetail?: { current?: number; total?: number; units?: string }
  /** Present when the work failed; its message may be empty. */
  errorDetail?: { code?: number; message?: string }
  error?: string
  aux?: unknown
}

/** What `DELETE /images/{name}` has done: a name or an image that is gone. */
export type ImageDeletion = { Untagged: string } | { Deleted: string }

/** A mount of `HostConfig.Mounts`. */
export interface Mount {
  Type: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image'
  Source?: string
  Target: string
  ReadOnly?: boolean
  Consistency?: string
  BindOptions?: {
    Propagation?: string
    NonRecursive?: boolean
    /** API 1.42. */
    CreateMountpoint?: boolean
    /** API 1.44. */
    ReadOnlyNonRecursive?: boolean
    /** API 1.44. */
    ReadOnlyForceRecursive?: boolean
  }
  VolumeOptions?: {
    NoCopy?: boolean
    Labels?: Record<string, string>
    DriverConfig?: { Name?: string; Options?: Record<string, string> }
    /** API 1.45. */
    Subpath?: string
  }
  /** API 1.47. */
  ImageOptions?: { Subpath?: string }
  TmpfsOptions?: { SizeBytes?: number; Mode?: number /** API 1.46. */; Options?: string[][] }
}

/** A limit of `HostConfig.Ulimits`. */
export interface Ulimit {
  Name: string
  Soft: number
  Hard: number
}

/** A device of the host that the container gets. */
export interface DeviceMapping {
  PathOnHost: string
  PathInContainer: string
  /** Of r, w and m. */
  CgroupPermissions: string
}

/** Devices that a driver picks, such as GPUs. */
export interface DeviceRequest {
  Driver?: string
  /** -1 is all. */
  Count?: number
  DeviceIDs?: string[]
  /** Any of these sets. */
  Capabilities?: string[][]
  Options?: Record<string, string>
}

/** Bytes or operations a second of a device. */
export interface ThrottleDevice {
  Path: string
  Rate: number
}

/** Where a port of a container is published. */
export interface PortBinding {
  HostIp?: string
  HostPort?: string
}

/** How a container is run. */
export interface HostConfig {
  /** API 1.43. */
  Annotations?: Record<string, string>
  Binds?: string[]
  /** 10 to 1000. */
  BlkioWeight?: number
  BlkioWeightDevice?: { Path: string; Weight: number }[]
  BlkioDeviceReadBps?: ThrottleDevice[]
  BlkioDeviceReadIOps?: ThrottleDevice[]
  BlkioDeviceWriteBps?: ThrottleDevice[]
  BlkioDeviceWriteIOps?: ThrottleDevice[]
  CapAdd?: string[]
  CapDrop?: string[]
  CgroupParent?: string
  CgroupnsMode?: string
  /** Rows and columns of the terminal. API 1.42. */
  ConsoleSize?: [rows: number, columns: number]
  /** Windows. */
  CpuCount?: number
  /** Windows. */
  CpuPercent?: number
  /** Microseconds. */
  CpuPeriod?: number
  /** Microseconds. */
  CpuQuota?: number
  /** Microseconds. */
  CpuRealtimePeriod?: number
  /** Microseconds. */
  CpuRealtimeRuntime?: number
  CpuShares?: number
  CpusetCpus?: string
  CpusetMems?: string
  DeviceCgroupRules?: string[]
  DeviceRequests?: DeviceRequest[]
  Devices?: DeviceMapping[]
  Dns?: string[]
  DnsOptions?: string[]
  DnsSearch?: string[]
  ExtraHosts?: string[]
  GroupAdd?: string[]
  /** Windows; bytes a second. */
  IOMaximumBandwidth?: number
  /** Windows. */
  IOMaximumIOps?: number
  Init?: boolean
  IpcMode?: string
  Isolation?: string
  Links?: string[]
  LogConfig?: { Type?: string; Config?: Record<string, string> }
  MaskedPaths?: string[]
  /** Bytes. */
  Memory?: number
  /** Bytes. */
  MemoryReservation?: number
  /** Bytes, memory included; -1 is no limit. */
  MemorySwap?: number
  /** 0 to 100; -1 is the Engine's default. */
  MemorySwappiness?: number
  Mounts?: Mount[]
  /** Billionths of a CPU. */
  NanoCpus?: number
  NetworkMode?: string
  OomKillDisable?: boolean
  /** -1000 to 1000. */
  OomScoreAdj?: number
  PidMode?: string
  /** 0 and -1 are no limit. */
  PidsLimit?: number
  /** By port, as `80/tcp`. */
  PortBindings?: Record<string, PortBinding[]>
  Privileged?: boolean
  PublishAllPorts?: boolean
  ReadonlyPaths?: string[]
  ReadonlyRootfs?: boolean
  RestartPolicy?: { Name?: string; MaximumRetryCount?: number }
  Runtime?: string
  SecurityOpt?: string[]
  /** Bytes. */
  ShmSize?: number
  StorageOpt?: Record<string, string>
  Sysctls?: Record<string, string>
  /** Options by path. */
  Tmpfs?: Record<string, string>
  UTSMode?: string
  Ulimits?: Ulimit[]
  UsernsMode?: string
  VolumeDriver?: string
  VolumesFrom?: string[]
}

/** How a container is connected to a network. */
export interface EndpointSettings {
  Aliases?: string[]
  DriverOpts?: Record<string, string>
  /** The highest is the default gateway. API 1.48. */
  GwPriority?: number
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] }
  Links?: string[]
  /** API 1.44. */
  MacAddress?: string
}

/** Durations are in nanoseconds. */
export interface Healthcheck {
  /** `['NONE']` is no check; else `CMD-SHELL` and a command line, or `CMD` and arguments. */
  Test?: string[]
  Interval?: number
  Timeout?: number
  StartPeriod?: number
  /** API 1.44. */
  StartInterval?: number
  Retries?: number
}

/** The container of `POST /containers/create`: what a run leaves to its caller. */
export interface ContainerConfig {
  Cmd?: string[]
  Domainname?: string
  Entrypoint?: string[]
  Env?: string[]
  /** By port, as `80/tcp`. */
  ExposedPorts?: Record<string, Record<string, never>>
  Healthcheck?: Healthcheck
  Hostname?: string
  Labels?: Record<string, string>
  /** Up to API 1.43; then that of the endpoint. */
  MacAddress?: string
  NetworkDisabled?: boolean
  Shell?: string[]
  StopSignal?: string
  /** Seconds. */
  StopTimeout?: number
  Tty?: boolean
  User?: string
  Volumes?: Record<string, Record<string, never>>
  WorkingDir?: string
  HostConfig?: HostConfig
  /** By the network's name or id. More than one: API 1.44. */
  NetworkingConfig?: { EndpointsConfig?: Record<string, EndpointSettings> }
}

/** Body of `POST /containers/create`. */
export interface ContainerSpec extends ContainerConfig {
  Image: string
  OpenStdin?: boolean
  /** The Engine closes the container's stdin when the attached client half-closes. */
  StdinOnce?: boolean
  AttachStdin?: boolean
  AttachStdout?: boolean
  AttachStderr?: boolean
  HostConfig?: HostConfig & { AutoRemove?: boolean }
}

/** `POST /containers/create`. */
export interface ContainerCreated {
  Id: string
  Warnings: string[] | null
}

/** The state of a container in its inspection. */
export interface ContainerState {
  Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  Running: boolean
  Paused: boolean
  Restarting: boolean
  OOMKilled: boolean
  Dead: boolean
  /** Of process 1 on the Engine's machine; 0 when it does not run. */
  Pid: number
  ExitCode: number
  Error: string
  StartedAt: string
  FinishedAt: string
  /** Where the container has a health check. */
  Health?: Health
}

/** The result of a container's last health checks. */
export interface Health {
  Status: 'none' | 'starting' | 'healthy' | 'unhealthy'
  FailingStreak: number
  Log: Array<{ Start: string; End: string; ExitCode: number; Output: string }> | null
}

/** A mount of a container, as the Engine reports it. */
export interface MountPoint {
  Type: Mount['Type']
  /** Of a volume. */
  Name?: string
  Source: string
  Destination: string
  Driver?: string
  Mode: string
  RW: boolean
  Propagation: string
}

/** A container's connection to a network. */
export interface EndpointStatus {
  NetworkID: string
  EndpointID: string
  Gateway: string
  IPAddress: string
  IPPrefixLen: number
  IPv6Gateway: string
  GlobalIPv6Address: string
  GlobalIPv6PrefixLen: number
  MacAddress: string
  Aliases: string[] | null
  Links?: string[] | null
  IPAMConfig?: EndpointSettings['IPAMConfig'] | null
  DriverOpts?: Record<string, string> | null
  /** API 1.44. */
  DNSNames?: string[] | null
}

/** `GET /containers/{id}/json`, in part. */
export interface ContainerInspect {
  Id: string
  Name: string
  Created: string
  /** The path of the command, and its arguments. */
  Path: string
  Args: string[]
  /** The image's id. */
  Image: string
  Platform: string
  RestartCount: number
  /** The storage driver. */
  Driver: string
  /** Absent with the containerd store. */
  GraphDriver?: GraphDriver
  /** The manifest that it was created from. API 1.48. */
  ImageManifestDescriptor?: Descriptor
  /** SELinux. */
  MountLabel: string
  ProcessLabel: string
  AppArmorProfile: string
  /** The commands of `engine.exec` that it has. */
  ExecIDs: string[] | null
  /** Files of the Engine that are mounted in the container. */
  ResolvConfPath: string
  HostnamePath: string
  HostsPath: string
  /** Where the log driver json-file keeps the log. */
  LogPath: string
  State: ContainerState
  Config: Omit<ContainerConfig, 'HostConfig' | 'NetworkingConfig' | 'Tty' | 'Labels'> & {
    Image: string
    Tty: boolean
    OpenStdin: boolean
    StdinOnce: boolean
    AttachStdin: boolean
    AttachStdout: boolean
    AttachStderr: boolean
    Labels: Record<string, string> | null
    OnBuild?: string[] | null
  }
  HostConfig: HostConfig
  Mounts: MountPoint[]
  NetworkSettings: {
    SandboxID: string
    SandboxKey: string
    /** By port and protocol, as `80/tcp`; null for a port that is not published. */
    Ports: Record<string, PortBinding[] | null>
    Networks: Record<string, EndpointStatus>
  }
}

/** A port of an entry of `GET /containers/json`. */
export interface PublishedPort {
  PrivatePort: number
  Type: 'tcp' | 'udp' | 'sctp'
  /** Absent for a port that is not published. */
  PublicPort?: number
  IP?: string
}

/** An entry of `GET /containers/json`. */
export interface ContainerSummary {
  Id: string
  Names: string[]
  Image: string
  ImageID: string
  Command: string
  State: ContainerState['Status']
  /** For people, as `Exited (0) 2 hours ago`. */
  Status: string
  /** Seconds since 1970. */
  Created: number
  Labels: Record<string, string>
  Ports: PublishedPort[]
  Mounts: MountPoint[]
  HostConfig?: { NetworkMode?: string }
  NetworkSettings?: { Networks: Record<string, EndpointStatus> }
}

/** Body of `POST /networks/create`. */
export interface NetworkSpec {
  Name: string
  /** Default `bridge`. */
  Driver?: string
  Internal?: boolean
  Attachable?: boolean
  EnableIPv6?: boolean
  IPAM?: {
    Driver?: string
    Config?: Array<{ Subnet?: string; IPRange?: string; Gateway?: string }>
    Options?: Record<string, string>
  }
  Options?: Record<string, string>
  Labels?: Record<string, string>
}

/** `POST /networks/create`. */
export interface NetworkCreated {
  Id: string
  Warning?: string
}

/** A network, in part. */
export interface Network {
  Id: string
  Name: string
  Created: string
  Scope: string
  Driver: string
  EnableIPv6: boolean
  Internal: boolean
  Attachable: boolean
  IPAM: { Driver: string; Config: Array<{ Subnet?: string; Gateway?: string }> | null }
  Options: Record<string, string> | null
  Labels: Record<string, string> | null
  /** By container id; filled by inspect only. */
  Containers?: Record<string, { Name: string; IPv4Address: string; IPv6Address: string; MacAddress: string }>
}

/** Body of `POST /containers/{id}/exec`. */
export interface ExecSpec {
  Cmd: string[]
  AttachStdin?: boolean
  AttachStdout?: boolean
  AttachStderr?: boolean
  Tty?: boolean
  Env?: string[]
  User?: string
  WorkingDir?: string
  Privileged?: boolean
  DetachKeys?: string
}

/** `POST /containers/{id}/exec`. */
export interface ExecCreated {
  Id: string
}

/** `GET /exec/{id}/json`, in part. */
export interface ExecInspect {
  ID: string
  Running: boolean
  ExitCode: number | null
  ContainerID: string
  Pid: number
}

/** A volume, in part. */
export interface Volume {
  Name: string
  Driver: string
  Mountpoint: string
  Scope: string
  Labels: Record<string, string> | null
  /** Of its driver. */
  Options?: Record<string, string> | null
  /** By the Engine's clock, in RFC 3339. Some volume drivers give none. */
  CreatedAt?: string
}

/** `POST /containers/{id}/wait`. */
export interface WaitResult {
  StatusCode: number
  Error?: { Message?: string } | null
}

/** A sample of `GET /containers/{id}/stats`, in part. */
export interface Stats {
  read: string
  cpu_stats: { cpu_usage: { total_usage: number }; system_cpu_usage?: number; online_cpus?: number }
  memory_stats: { usage?: number; max_usage?: number; limit?: number; stats?: Record<string, number> }
  pids_stats?: { current?: number; limit?: number }
}

/** `X-Docker-Container-Path-Stat` of the archive endpoints. */
export interface PathStat {
  name: string
  size: number
  /** Go's file mode bits. */
  mode: number
  mtime: string
  linkTarget: string
}
