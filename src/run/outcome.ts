import type { Phase, PullReason, RunEvent, Stale, TaskFacts } from './events.ts'
import { type FailureKind, type FailureReport, HoldfastError } from './failure.ts'
import type { CopyReport } from './files/copies.ts'

/** The image that a run used. */
export interface ImageFacts {
  /** As it was asked for. */
  reference: string
  /** The local id. */
  id: string
  /** The manifest's digest: in its repository, else where it was pulled from; null when it was never pulled or pushed. */
  digest: string | null
  /** `os/arch[/variant]`. */
  platform: string
  /** When it was built, in ISO 8601; null when the image does not say. */
  created: string | null
  /** Milliseconds since the Engine named it, else since it was built; null when neither is known. */
  age: number | null
}

/** Whether a registry was contacted, and why. */
export type RegistryFacts =
  | {
      /** True when a pull was sent. */
      contacted: false
    }
  | {
      /** True when a pull was sent. */
      contacted: true
      /** Its host, as `registry.example:5000`. */
      registry: string
      /** Why: the image was missing, another platform was local, or the policy pulls each time. */
      reason: PullReason
      /** Where the credentials came from. */
      credentials: string
      /** How many times the pull was sent. */
      attempts: number
    }

/** The registry facts after an event. A pull that failed has contacted the registry, too. */
export function registryFactsAfter(facts: RegistryFacts, event: RunEvent): RegistryFacts {
  if (event.type === 'retry' && facts.contacted) return { ...facts, attempts: event.attempt }
  if (event.type !== 'pull') return facts
  const { registry, reason, credentials } = event
  return { contacted: true, registry, reason, credentials, attempts: 1 }
}

/** A job on a Swarm. */
export interface SwarmFacts {
  /** The service's name. */
  service: string
  /** The image as the service names it: `repository@digest`, or an id. */
  image: string
  /** As they were seen last. */
  tasks: TaskFacts[]
}

/** How a run came by the container of its job. */
export type Claim = 'created' | 'adopted' | 'finished'

/** What happened in a run: plain data, as JSON can hold it. */
export interface Outcome {
  /** `ok` when the container ended with status 0, `skipped` with one of `skipExitCodes`. */
  kind: 'ok' | 'skipped' | FailureKind
  /** The container's exit status; 126 or 127 when its command could not be run or found; null when there is none. */
  exitCode: number | null
  /** The signal that an exit status above 128 stands for, as the shell counts. The Engine does not distinguish the two. */
  signal: string | null
  /** The kernel killed a process of the container for want of memory. */
  oomKilled: boolean
  /** The Engine's address; null when it was not determined. Of several, the one that was used. */
  engine: string | null
  /** The API version in use; null when the Engine did not answer. */
  apiVersion: string | null
  /** Null when the image was not local in the end. */
  image: ImageFacts | null
  /** Whether a registry was contacted. If it was, the other fields are there. */
  registry: RegistryFacts
  /** Null unless the image could not be pulled, and its local copy ran. */
  stale: Stale | null
  /** Null when there was no container. On a Swarm it is the service. */
  container: {
    /** 64 hexadecimal digits. */
    id: string
    /** Null where the Engine made one up, and the container was not followed to its end. */
    name: string | null
    /** holdfast has removed it. */
    removed: boolean
  } | null
  /** Null unless the job ran on a Swarm. */
  swarm: SwarmFacts | null
  /** Null for a run without a key. */
  job: {
    /** As it was given. */
    key: string
    /** How the run came by the container: it created it, adopted one that had not ended, or found one that had finished. */
    claim: Claim
  } | null
  /** The run's id: the label `dev.holdfast.run` of the container that it creates, and `run` in audit lines and event lines. */
  id: string
  /** The version of holdfast. */
  holdfast: string
  /** The name of the host that holdfast ran on. */
  host: string
  /** The command that was asked for; null: the image's own. */
  command: string[] | null
  /** When the run began, in ISO 8601. */
  startedAt: string
  /** Milliseconds the whole run took. */
  duration: number
  /** Milliseconds spent in each phase that was entered. */
  phases: Partial<Record<Phase, number>>
  /** What the container printed, as much as `capture` keeps: a line says where bytes are missing, and how many. */
  stdout: string
  /** The same of stderr; empty with a terminal, which has one stream. */
  stderr: string
  /** What the option `result` asks for; null without it, and where it could not be had. */
  result: unknown
  /**
   * What the container used, under the option `resources`; null without it, and for a job that ended before the first
   * figures. The last figures are up to two seconds older than the end.
   */
  resources: {
    /** Of all CPUs together. */
    cpuSeconds: number
    /**
     * Bytes: the most that the kernel counted, where the Engine says so (cgroups 1), else the most of the figures of each
     * second; null where it does not say. What the kernel keeps of files counts, too.
     */
    memoryPeak: number | null
  } | null
  /** Bytes printed that were not kept. */
  dropped: {
    /** Of stdout. */
    stdout: number
    /** Of stderr. */
    stderr: number
  }
  /** Why output may be missing or repeated; empty when it came whole, once. */
  gaps: string[]
  /** The copies that were made, in and out. */
  copies: CopyReport[]
  /** What the Engine warned of, and what went wrong without harm to the job. */
  warnings: string[]
  /** The file that `recordFailure` wrote; null where it wrote none. */
  recording: string | null
  /** Null when `kind` is `ok` or `skipped`. */
  failure: FailureReport | null
}

/** Lines of stderr, and characters of them, that the message of an error ends with. */
const lastLines = 10
const longestEnd = 2_000

function lastOf(stderr: string): string {
  const end = stderr.trimEnd().split('\n').slice(-lastLines).join('\n').slice(-longestEnd)
  return end === '' ? '' : `\n\n${end}`
}

/**
 * A run that did not end well: an Error with all fields of its {@link Outcome}. Its message ends with the last lines of
 * stderr; `failure.message` is without them.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns every field of an Outcome
export class RunError extends HoldfastError {
  /** Always `RunError`. */
  override readonly name = 'RunError'

  constructor(outcome: Outcome & { failure: FailureReport }, cause: unknown) {
    const { kind, message, ...details } = outcome.failure
    super(kind, message + lastOf(outcome.stderr), { ...details, cause })
    Object.assign(this, outcome)
  }

  /** Without the end of stderr, which the message has. */
  override report(): FailureReport {
    return this.failure
  }
}
export interface RunError extends Omit<Outcome, 'kind' | 'failure'> {
  /** Why the run failed. */
  readonly kind: FailureKind
  /** The failure as plain data. */
  failure: FailureReport
}
