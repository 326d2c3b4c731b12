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
  SystemTime: string
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
  Descriptor?: { mediaType: string; digest: string; size: number }
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
  } | null
}

/** An entry of `GET /images/json`. */
export interface ImageSummary {
  Id: string
  RepoTags: string[] | null
  RepoDigests: string[] | null
  /** Seconds since 1970. */
  Created: number
  Size: number
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

export type ImageDeletion = { Untagged: string } | { Deleted: string }

export interface Mount {
  Type: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image'
  Source?: string
  Target: string
  ReadOnly?: boolean
  Consistency?: string
  BindOptions?: {
    Propagation?: string
    NonRecursive?: boolean
    CreateMountpoint?: boolean
    ReadOnlyNonRecursive?: boolean
    ReadOnlyForceRecursive?: boolean
  }
  VolumeOptions?: {
    NoCopy?: boolean
    Labels?: Record<string, string>
    DriverConfig?: { Name?: string; Options?: Record<string, string> }
    Subpath?: string
  }
  ImageOptions?: { Subpath?: string }
  TmpfsOptions?: { SizeBytes?: number; Mode?: number }
}

export interface HostConfig {
  AutoRemove?: boolean
  Binds?: string[]
  Init?: boolean
  LogConfig?: { Type: string; Config?: Record<string, string> }
  /** Bytes. */
  Memory?: number
  Mounts?: Mount[]
  /** Billionths of a CPU. */
  NanoCpus?: number
  NetworkMode?: string
}

/** Body of `POST /containers/create`. */
export interface ContainerSpec {
  Image: string
  Cmd?: string[]
  Entrypoint?: string[]
  Env?: string[]
  WorkingDir?: string
  User?: string
  Labels?: Record<string, string>
  Volumes?: Record<string, Record<string, never>>
  Tty?: boolean
  OpenStdin?: boolean
  /** The Engine closes the container's stdin when the attached client half-closes. */
  StdinOnce?: boolean
  AttachStdin?: boolean
  AttachStdout?: boolean
  AttachStderr?: boolean
  HostConfig?: HostConfig
}

export interface ContainerCreated {
  Id: string
  Warnings: string[] | null
}

export interface ContainerState {
  Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  Running: boolean
  OOMKilled: boolean
  ExitCode: number
  Error: string
  StartedAt: string
  FinishedAt: string
}

/** `GET /containers/{id}/json`, in part. */
export interface ContainerInspect {
  Id: string
  Name: string
  Created: string
  /** The image's id. */
  Image: string
  State: ContainerState
  Config: { Image: string; Tty: boolean; Labels: Record<string, string> | null }
}

/** An entry of `GET /containers/json`. */
export interface ContainerSummary {
  Id: string
  Names: string[]
  Image: string
  ImageID: string
  State: string
  Status: string
  /** Seconds since 1970. */
  Created: number
  Labels: Record<string, string>
}

/** A volume, in part. */
export interface Volume {
  Name: string
  Driver: string
  Mountpoint: string
  Scope: string
  Labels: Record<string, string> | null
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
