/*
 * Docker's own shapes and spelling of a Swarm: what we send, and what we read of what comes back.
 * Source: the Engine API's definitions, versions 1.41 to 1.52.
 */
import type { Healthcheck, Mount, Ulimit } from './wire.ts'

/** A file that a secret or a config appears as. */
export interface FileTarget {
  /** The path; a relative one of a secret is in /run/secrets, one of a config in /. */
  Name: string
  UID: string
  GID: string
  Mode: number
}

/** A secret of the Swarm that a task gets as a file. */
export interface SecretReference {
  SecretID: string
  SecretName: string
  File: FileTarget
}

/** A config of the Swarm that a task gets as a file. */
export interface ConfigReference {
  ConfigID: string
  ConfigName: string
  File: FileTarget
}

/** The container of a task. */
export interface TaskContainerSpec {
  Image: string
  Labels?: Record<string, string>
  /** Replaces the image's entrypoint. */
  Command?: string[]
  /** What the entrypoint is given. */
  Args?: string[]
  /** May hold a template, as `{{.Task.Slot}}`. */
  Hostname?: string
  /** May hold templates. */
  Env?: string[]
  Dir?: string
  User?: string
  Groups?: string[]
  TTY?: boolean
  OpenStdin?: boolean
  ReadOnly?: boolean
  /** The sources may hold templates. */
  Mounts?: Mount[]
  StopSignal?: string
  /** Nanoseconds. */
  StopGracePeriod?: number
  HealthCheck?: Healthcheck
  /** As in /etc/hosts: the address, then names. */
  Hosts?: string[]
  DNSConfig?: { Nameservers?: string[]; Search?: string[]; Options?: string[] }
  Secrets?: SecretReference[]
  Configs?: ConfigReference[]
  Init?: boolean
  Sysctls?: Record<string, string>
  CapabilityAdd?: string[]
  CapabilityDrop?: string[]
  Ulimits?: Ulimit[]
}

/** CPUs in billionths, memory in bytes. */
export interface TaskResources {
  Limits?: { NanoCPUs?: number; MemoryBytes?: number; Pids?: number }
  Reservations?: { NanoCPUs?: number; MemoryBytes?: number }
}

/** What a task is made from. */
export interface TaskSpec {
  ContainerSpec: TaskContainerSpec
  Resources?: TaskResources
  RestartPolicy?: {
    Condition?: 'none' | 'on-failure' | 'any'
    /** Nanoseconds. */
    Delay?: number
    MaxAttempts?: number
    /** Nanoseconds. */
    Window?: number
  }
  Placement?: {
    /** As `node.labels.disk==ssd`. */
    Constraints?: string[]
    Preferences?: Array<{ Spread: { SpreadDescriptor: string } }>
    Platforms?: Array<{ Architecture?: string; OS?: string }>
  }
  Networks?: Array<{ Target: string; Aliases?: string[]; DriverOpts?: Record<string, string> }>
  LogDriver?: { Name?: string; Options?: Record<string, string> }
  ForceUpdate?: number
}

/** How many tasks a service has, and whether they end. */
export interface ServiceMode {
  Replicated?: { Replicas?: number }
  Global?: Record<string, never>
  ReplicatedJob?: { MaxConcurrent?: number; TotalCompletions?: number }
  GlobalJob?: Record<string, never>
}

/** A port that a service publishes. */
export interface ServicePort {
  Protocol?: 'tcp' | 'udp' | 'sctp'
  TargetPort: number
  PublishedPort?: number
  PublishMode?: 'ingress' | 'host'
}

/** Body of `POST /services/create`. */
export interface ServiceSpec {
  Name: string
  Labels?: Record<string, string>
  TaskTemplate: TaskSpec
  Mode?: ServiceMode
  EndpointSpec?: { Ports?: ServicePort[] }
}

/** `POST /services/create`. */
export interface ServiceCreated {
  ID: string
  Warnings?: string[] | null
}

/** A service, in part. */
export interface Service {
  ID: string
  Version: { Index: number }
  CreatedAt: string
  UpdatedAt: string
  Spec: ServiceSpec
  /** Of a job. */
  JobStatus?: { JobIteration: { Index?: number }; LastExecution?: string }
  /** Where the list was asked for it. */
  ServiceStatus?: { RunningTasks: number; DesiredTasks: number; CompletedTasks?: number }
}

/** In the order in which a task goes through them; from `complete` on it has ended. */
export type TaskState =
  | 'new'
  | 'allocated'
  | 'pending'
  | 'assigned'
  | 'accepted'
  | 'preparing'
  | 'ready'
  | 'starting'
  | 'running'
  | 'complete'
  | 'shutdown'
  | 'failed'
  | 'rejected'
  | 'remove'
  | 'orphaned'

/** A task, in part. */
export interface Task {
  ID: string
  Version: { Index: number }
  CreatedAt: string
  ServiceID: string
  /** From 0 for a job, from 1 for other services. Absent for 0. */
  Slot?: number
  /** Absent until the task has a node. */
  NodeID?: string
  DesiredState: TaskState
  Status: {
    Timestamp?: string
    State: TaskState
    Message?: string
    Err?: string
    /** A task that was rejected has an ExitCode of 0. */
    ContainerStatus?: { ContainerID?: string; PID?: number; ExitCode?: number }
  }
  /** Of a job: the number of its execution. */
  JobIteration?: { Index?: number }
}

/** Body of `POST /nodes/{id}/update`. */
export interface NodeSpec {
  Name?: string
  Labels?: Record<string, string>
  Role?: 'worker' | 'manager'
  Availability?: 'active' | 'pause' | 'drain'
}

/** A node of a Swarm, in part. */
export interface SwarmNode {
  ID: string
  Version: { Index: number }
  Spec: NodeSpec
  Description?: {
    Hostname?: string
    Platform?: { Architecture?: string; OS?: string }
    Resources?: { NanoCPUs?: number; MemoryBytes?: number }
    Engine?: { EngineVersion?: string }
  }
  Status: { State: 'unknown' | 'down' | 'ready' | 'disconnected'; Message?: string; Addr?: string }
  ManagerStatus?: { Leader?: boolean; Reachability?: string; Addr?: string }
}

/** A secret or a config of a Swarm, in part; a secret's data never comes back. */
export interface SwarmObject {
  ID: string
  Spec: { Name: string; Labels?: Record<string, string> | null }
}
