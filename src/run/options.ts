import type { Credentials, CredentialsLookup } from '../auth/credentials.ts'
import type { LocateOptions } from '../engine/address/locate.ts'
import type { Engine } from '../engine/engine.ts'
import type { ContainerConfig, Mount } from '../engine/wire.ts'
import type { RunEvent } from './events.ts'
import type { FileOptions } from './files/files.ts'
import type { SecretSource } from './secret-files.ts'

/**
 * When a registry is asked for the image: `missing`, when it is not local; `always`, and a failure ends the run; `never`;
 * `refresh`, always, but an outage runs the local copy, marked as stale, while a refusal ends the run.
 */
export const pullPolicies = ['missing', 'always', 'never', 'refresh'] as const
/** When a registry is asked for the image: one of {@link pullPolicies}. */
export type PullPolicy = (typeof pullPolicies)[number]

/** Which failures of a pull let `refresh` run the local copy: an outage of the registry, or any. */
export const staleConditions = ['outage', 'any'] as const
/** Which failures let the local image run: `outage` or `any`. */
export type StaleIf = (typeof staleConditions)[number]

/**
 * How long a pull may take, in milliseconds; 0 is no limit. All of its tries count together. Under `refresh` with a local copy
 * the whole pull has no longer than `connect` and `idle` together; only a download that gets further goes on, for `idle` after
 * each step.
 */
export interface PullTimeout {
  /** Until the Engine's first word about the pull. Default 30,000; 10,000 under `refresh` with a local copy. */
  connect?: number | undefined
  /** Between two words of the Engine, once it has spoken. Default 120,000; 20,000 under `refresh` with a local copy. */
  idle?: number | undefined
  /** From the request to its end, all tries together. Default 1,800,000. */
  total?: number | undefined
}

/** When the container is removed once the run is over. */
export const removePolicies = ['always', 'success', 'never'] as const
/** When the container is removed: `always`, `success` or `never`. */
export type RemovePolicy = (typeof removePolicies)[number]

/** The default of {@link RunOptions.stopGrace}. */
export const defaultStopGrace = 10_000

/** What decides how an image is made local; shared by {@link RunOptions} and `pull()`. */
export interface ImageOptions {
  /** `os/arch[/variant]`, as `linux/arm64/v8`. Default: whatever the Engine has, or pulls by itself. */
  platform?: string | undefined
  /** Credentials for the image's registry, or a function that is called only when a pull is about to go out. */
  credentials?: Credentials | CredentialsLookup | undefined
  /**
   * Milliseconds that an Engine which has answered before may stay away: its connection fails, or a proxy answers in its
   * place. Then the run fails, and a container that may still run is left. Default 120,000.
   */
  engineGrace?: number | undefined
  /** How long a pull may take. */
  pullTimeout?: PullTimeout | undefined
  /**
   * A directory, shared by the processes of one machine, where outages of registries are written down. After three within
   * five minutes a registry is left alone for a minute. Default: none.
   */
  breaker?: string | undefined
  /** Docker's configuration directory. Default: `DOCKER_CONFIG`, else `~/.docker`. */
  config?: string | undefined
  /**
   * Where the Engine is (`unix://…`, `tcp://…`, `ssh://…`, or what `connect()` takes), or an open {@link Engine}, which is left
   * open. Of a list of addresses, the first Engine that answers. Default: as the docker command finds it.
   */
  engine?: Engine | LocateOptions | string | readonly string[] | undefined
  /** Ends the work: a pull is dropped, a container is stopped and removed. */
  signal?: AbortSignal | undefined
  /** Called with every event, in order. What it throws is thrown once the work is over. */
  onEvent?: ((event: RunEvent) => void) | undefined
}

/** A secret or a config of the Swarm as a file of the container. */
export interface SwarmFile {
  /** Its name or id. */
  source: string
  /** The file's path. Default: the name, which is in /run/secrets for a secret and in / for a config. */
  target?: string | undefined
  /** Default `0`. */
  uid?: string | undefined
  /** Default `0`. */
  gid?: string | undefined
  /** Default 0o444. */
  mode?: number | undefined
}

/** How a job runs on a Swarm. */
export interface SwarmOptions {
  /** What a node must fulfil, as `node.labels.disk==ssd`. */
  constraints?: readonly string[] | undefined
  /** Labels over whose values the tasks are spread, as `node.labels.zone`. */
  spread?: readonly string[] | undefined
  /**
   * How many tasks the job has. Default 1.
   * A task's number is `{{.Task.Slot}}` in env, hostname and mounts; Swarm writes the id of the node in place of 0.
   */
  replicas?: number | undefined
  /** How many of them run at a time. Default: all. */
  maxConcurrent?: number | undefined
  /** Bytes of memory that a node must have left for a task. Default 0. */
  reserveMemory?: number | undefined
  /** CPUs that a node must have left for a task, as `1.5`. Default 0. */
  reserveCpus?: number | undefined
  /** Secrets of the Swarm, by name: files below `/run/secrets`. */
  secrets?: readonly (string | SwarmFile)[] | undefined
  /** Configs of the Swarm, by name: files in the root directory. */
  configs?: readonly (string | SwarmFile)[] | undefined
  /** Milliseconds that a task may wait for a node that fits. Default 0: no limit but the run's own. */
  pendingTimeout?: number | undefined
}

/** A job: an image, a command, and what it may use. */
export interface RunOptions extends ImageOptions, FileOptions {
  /** The image's reference (`alpine`, `reg.example:5000/team/app:1.4`, `app@sha256:…`) or a local image's id. */
  image: string
  /** Default: the image's own. */
  command?: readonly string[] | undefined
  /** Replaces the image's entrypoint; an empty string or list takes it away. */
  entrypoint?: string | readonly string[] | undefined
  /** `null` unsets a variable that the image sets; undefined counts as absent. */
  env?: Readonly<Record<string, string | null | undefined>> | undefined
  /** Default: the image's own. */
  workdir?: string | undefined
  /** `user[:group]`, names or ids. Default: the image's own. */
  user?: string | undefined
  /** The container's name. Default: the Engine makes one up. */
  name?: string | undefined
  /** Labels of the container, beside those of holdfast itself, which begin with `dev.holdfast.`. */
  labels?: Readonly<Record<string, string>> | undefined
  /** As `docker run --volume`: `/host:/container[:ro]`, `name:/container`, or `/container` for an anonymous one. */
  volumes?: readonly string[] | undefined
  /** Mounts in Docker's own spelling. */
  mounts?: readonly Mount[] | undefined
  /** A network's name or id, `none`, `host`, `container:NAME`. Default: the Engine's. */
  network?: string | undefined
  /** Bytes. Default: no limit. */
  memory?: number | undefined
  /** Number of CPUs, as `1.5`. Default, and 0: no limit. */
  cpus?: number | undefined
  /** Run a small init as process 1, which reaps and passes signals on. Default: the Engine's setting. */
  init?: boolean | undefined
  /** Give the container a terminal: one stream, unframed. Default false. */
  tty?: boolean | undefined
  /**
   * Docker's own create body, merged last over what the options above make: objects are merged, lists and all else replace.
   * The image, stdin, what is attached and the removal are the run's own.
   */
  container?: ContainerConfig | undefined
  /**
   * Files that the container finds in /run/secrets, by their names: contents, or where they come from. They are kept in the
   * Engine's memory, and stand in no environment, label or image. At most 1 MiB together.
   */
  secrets?: Readonly<Record<string, SecretSource>> | undefined
  /**
   * A new directory for the run alone, at the path `to` of the container, removed after the run: of this machine, made in `from`
   * (default: the system's directory for temporary files). An Engine that does not see this machine's files makes a volume
   * in its place, and so does a run with a `job` key.
   */
  tmpDir?: { to: string; from?: string } | undefined
  /** What the container reads. Default: nothing, and its stdin is closed. */
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Default `missing`. */
  pull?: PullPolicy | undefined
  /** Under `refresh`: when the local copy may run in place of what could not be pulled. Default `outage`. */
  staleIf?: StaleIf | undefined
  /**
   * Under `refresh`: milliseconds that the local copy may be old to run so. Default: any age. The containerd image store
   * records when it was last pulled, and its age counts from there; a graph driver does not, and it counts from the build.
   */
  maxStale?: number | undefined
  /** Milliseconds the run may take, from the call on, a pull included; then its container is stopped. Default 0: no limit. */
  timeout?: number | undefined
  /** Milliseconds that the container may print nothing; then it is stopped. Default 0: no limit. */
  idleTimeout?: number | undefined
  /** Milliseconds between the stop signal and the kill, when a run is cancelled or times out. Default 10,000. */
  stopGrace?: number | undefined
  /** Default `always`. */
  remove?: RemovePolicy | undefined
  /** Exit statuses by which the job says that it had nothing to do: the run is `skipped`, which is not a failure. */
  skipExitCodes?: readonly number[] | undefined
  /**
   * What the outcome has as `result`: all of stdout, its last line that is not empty, or the JSON in a file of the container
   * (an absolute path, at most 1 MiB), read after the job has ended. A result that can't be read is null, with a warning.
   */
  result?: 'stdout' | 'last-line' | { file: string } | undefined
  /**
   * Have the Engine send each second what the container uses, for the outcome's `resources`. It costs a connection.
   * Default false.
   */
  resources?: boolean | undefined
  /**
   * Bytes of each stream that the outcome keeps as text: all of it, else half of them from its start and half from its end.
   * Default 1 MiB; 0 keeps nothing.
   */
  capture?: number | undefined
  /**
   * A key that makes the run idempotent: there is one container for each key on an Engine. A later run with the same key
   * and the same options follows that container, its output from the start on, or gives the outcome of one that has ended.
   * 1 to 128 letters, digits, `_`, `.` and `-`. Default: every run has a container of its own.
   */
  job?: string | undefined
  /** With `job`: end the run once its container has started. A later run with the key follows it. Default false. */
  detach?: boolean | undefined
  /**
   * A file for the run's conversation with the Engine, which is kept in memory, with up to 4 MiB of the output, and written
   * only if the run fails, without its secrets: for `replay()` and `holdfast replay`. Not where the Engine's address
   * has a path. Default: none.
   */
  recordFailure?: string | undefined
  /**
   * Run the job on the nodes of the Swarm that the Engine manages, as a service of mode replicated-job. The image is pinned
   * to what the Engine has; a node that has it asks no registry. Default: on the Engine alone.
   */
  swarm?: SwarmOptions | undefined
  /** `false`: a failed run resolves with its outcome instead of rejecting. Default true. */
  reject?: boolean | undefined
}
