import type { Credentials, CredentialsLookup } from '../auth/credentials.ts'
import type { Engine } from '../engine/engine.ts'
import type { Mount } from '../engine/wire.ts'
import type { RunEvent } from './events.ts'

/**
 * When a registry is asked for the image: `missing`, when it is not local; `always`, and a failure ends the run; `never`;
 * `refresh`, always, but an outage runs the local copy, told as stale, while a refusal ends the run.
 */
export const pullPolicies = ['missing', 'always', 'never', 'refresh'] as const
export type PullPolicy = (typeof pullPolicies)[number]

/** Which failures of a pull let `refresh` run the local copy: an outage of the registry, or any. */
export const staleConditions = ['outage', 'any'] as const
export type StaleIf = (typeof staleConditions)[number]

/** How long a pull may take, in milliseconds; 0 is no limit. All of its tries count together. */
export interface PullTimeout {
  /** Until the Engine's first word about the pull. Default 30,000; 10,000 under `refresh` with a local copy. */
  connect?: number | undefined
  /** Between two words of the Engine, once it has spoken. Default 120,000. */
  idle?: number | undefined
  /** From the request to its end, all tries together. Default 1,800,000. */
  total?: number | undefined
}

/** When the container is removed once the run is over. */
export const removePolicies = ['always', 'success', 'never'] as const
export type RemovePolicy = (typeof removePolicies)[number]

/** What decides how an image is made local; shared by {@link RunOptions} and `pull()`. */
export interface ImageOptions {
  /** `os/arch[/variant]`, as `linux/arm64/v8`. Default: whatever the Engine has, or pulls by itself. */
  platform?: string
  /** Credentials for the image's registry, or a function that is called only when a pull is about to go out. */
  credentials?: Credentials | CredentialsLookup
  /** Pull without credentials where their source is broken, in place of failing; told as a warning. Default false. */
  anonymousFallback?: boolean
  /** How long a pull may take. */
  pullTimeout?: PullTimeout
  /**
   * A directory, shared by the processes of one machine, where outages of registries are written down. After three within
   * five minutes a registry is left alone for a minute. Default: none.
   */
  breaker?: string
  /** Docker's configuration directory. Default: `DOCKER_CONFIG`, else `~/.docker`. */
  config?: string
  /** Where the Engine is (`unix://…`, `tcp://…`, `ssh://…`), or an open {@link Engine}, which is left open. Default: as the docker command finds it. */
  engine?: Engine | string
  /** Ends the work: a pull is dropped, a container is stopped and removed. */
  signal?: AbortSignal
  /** Told of every step, in order. What it throws is thrown once the work is over. */
  onEvent?: (event: RunEvent) => void
}

/** A job: an image, a command, and what it may use. */
export interface RunOptions extends ImageOptions {
  /** The image's reference (`alpine`, `reg.example:5000/team/app:1.4`, `app@sha256:…`) or a local image's id. */
  image: string
  /** Default: the image's own. */
  command?: readonly string[]
  /** Replaces the image's entrypoint; an empty string or list takes it away. */
  entrypoint?: string | readonly string[]
  /** `null` unsets a variable that the image sets. */
  env?: Readonly<Record<string, string | null>>
  /** Default: the image's own. */
  workdir?: string
  /** `user[:group]`, names or ids. Default: the image's own. */
  user?: string
  /** The container's name. Default: the Engine makes one up. */
  name?: string
  labels?: Readonly<Record<string, string>>
  /** As `docker run --volume`: `/host:/container[:ro]`, `name:/container`, or `/container` for an anonymous one. */
  volumes?: readonly string[]
  /** Mounts in Docker's own spelling. */
  mounts?: readonly Mount[]
  /** A network's name or id, `none`, `host`, `container:NAME`. Default: the Engine's. */
  network?: string
  /** Bytes. Default: no limit. */
  memory?: number
  /** Number of CPUs, as `1.5`. Default: no limit. */
  cpus?: number
  /** Run a small init as process 1, which reaps and passes signals on. Default: the Engine's setting. */
  init?: boolean
  /** Give the container a terminal: one stream, unframed. Default false. */
  tty?: boolean
  /** What the container reads. Default: nothing, and its stdin is closed. */
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Default `missing`. */
  pull?: PullPolicy
  /** Under `refresh`: when the local copy may run in place of what could not be pulled. Default `outage`. */
  staleIf?: StaleIf
  /**
   * Under `refresh`: milliseconds that the local copy may be old to run so. Default: any age. The containerd image store
   * tells when it was last pulled, and its age counts from there; a graph driver does not, and it counts from the build.
   */
  maxStale?: number
  /** Milliseconds the run may take, from the call on, a pull included; then its container is stopped. Default 0: no limit. */
  timeout?: number
  /** Milliseconds between the stop signal and the kill, when a run is cancelled or times out. Default 10,000. */
  stopGrace?: number
  /** Default `always`. */
  remove?: RemovePolicy
  /** Bytes of each stream, its end, that the outcome keeps as text. Default 1 MiB; 0 keeps nothing. */
  capture?: number
  /** `false`: a failed run resolves with its outcome in place of rejecting. Default true. */
  reject?: boolean
}
