/** What a contender's process told, and what was measured of it: `wall` and `cpu` in seconds, `peak` in bytes. */
export type Sample = Record<string, number>

/** A column of a workload's table. */
export interface Metric {
  key: string
  label: string
  unit: string
  better: 'more' | 'less'
  /** The value, when the contender tells enough for it. */
  of(sample: Sample): number | undefined
  /** A busy machine does not change it. */
  steady?: boolean
}

/** One way to do the work, in a process of its own. */
export interface Contender {
  name: string
  /** The program and its arguments; they come once per process from `prepare`, where there is one. */
  command: readonly string[]
  /** Why it can't be measured here. */
  lacks?: string | undefined
  env?: Readonly<Record<string, string>>
  /** Its settings, where they are not the obvious ones. */
  note?: string
  /** What is known of its work, where it tells nothing itself. */
  given?: Sample
  /** Measured that many times at most, without a warm-up: it is slow. */
  rounds?: number
  /** Makes ready for a process, which gets these arguments, too. Not measured. */
  prepare?(): Promise<{ args: readonly string[]; clean(): Promise<void> }>
}

/** What a workload is given to work with. */
export interface Place {
  /** Where the stub or the Engine listens; empty without a server. */
  readonly socket: string
  /** Where the stub listens, too, for what is done there before the Engine is measured. */
  stub(): Promise<string>
  /** A folder for whatever is needed, in memory where there is one. */
  readonly scratch: string
  /** How much smaller than in earnest the work is to be: 1, or 0.05 for a quick look. */
  readonly scale: number
  /** To be done when the workload is over. */
  defer(end: () => Promise<void>): void
}

/** `stub` answers at once; `engine` is a real one; `engine-no-logs` keeps no logs of its containers. */
export type Server = 'stub' | 'engine' | 'engine-no-logs' | 'none'

/** A piece of work, and who does it. */
export interface Workload {
  id: string
  title: string
  /** What is done, in a sentence or two. */
  about: string
  server: Server
  /** The first one is drawn. */
  metrics: readonly Metric[]
  /** How often those are measured whom a goal compares; the others at most twice. */
  rounds: number
  /** Seconds after which two rounds do: on a slow machine all of it is to end in time, too. Default 15. */
  enough?: number
  /** No round for warming up: starting cold is the point, or the work is its own warm-up. */
  cold?: boolean
  contenders(place: Place): readonly Contender[] | Promise<readonly Contender[]>
}
