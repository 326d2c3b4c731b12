/** What a contender's process reported, and what was measured of it: `wall` and `processCpu` in seconds, `peak` in bytes. */
export type Sample = Record<string, number>

/** A column of a workload's table. Less is better. */
export interface Metric {
  key: string
  label: string
  unit: string
  /** The value, when the sample has enough for it. */
  of(sample: Sample): number | undefined
  /** A busy machine does not change it. */
  steady?: boolean
}

/** One way to do the work, in a process of its own. */
export interface Contender {
  name: string
  /** The program and its arguments; `prepare` gives more arguments for each process. */
  command: readonly string[]
  /** Why it cannot be measured here. */
  lacks?: string | undefined
  env?: Readonly<Record<string, string>>
  /** Its settings, where they are not the obvious ones. */
  note?: string
  /** What is known of its work, for a program that reports nothing. */
  given?: Sample
  /** Makes ready for a process, which gets these arguments, too. Not measured. */
  prepare?(): Promise<{ args: readonly string[]; clean(): Promise<void> }>
}

/** What a workload is given to work with. */
export interface Place {
  /** Where the stub or the Engine listens; empty without a server. */
  readonly socket: string
  /** A folder for whatever is needed, in memory where possible. */
  readonly scratch: string
  /** The share of the work to be done: 1, or 0.05 for a quick look. */
  readonly scale: number
  /** Registers something to be done when the workload is over. */
  defer(end: () => Promise<void>): void
}

/** `stub` answers at once; `engine` is a real one; `engine-no-logs` keeps no logs of its containers; `swarm` has three nodes. */
export type Server = 'stub' | 'engine' | 'engine-no-logs' | 'swarm'

/** A piece of work and its contenders. */
export interface Workload {
  id: string
  title: string
  /** What is done, in a sentence or two. */
  about: string
  server: Server
  /** It runs only where it is named. */
  onRequest?: boolean
  metrics: readonly Metric[]
  /** How often each contender is measured at most; see `seconds`. */
  rounds: number
  /** No further round begins after so many seconds, but two are always run. Default 15. */
  seconds?: number
  contenders(place: Place): readonly Contender[] | Promise<readonly Contender[]>
}
