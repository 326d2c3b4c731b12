/** An upper bound on a metric of holdfast's, alone or as a ratio to another contender's. */
export interface Goal {
  /** The row of the list of goals that it belongs to. */
  row: number
  text: string
  /** Its workloads run only where they are named. */
  onRequest?: boolean
  /** Each of them must keep the bound. */
  workloads: readonly string[]
  /** The metric's key. */
  metric: string
  /** Default `holdfast`. */
  of?: string
  /** Without it the metric itself is bounded. */
  against?: string
  /** The contender that does the least that can be done. Where it misses the bound as well, there is no goal here. */
  floor?: string
  atMost: number
}

/** From the worst to the best. */
export const verdictKinds = [
  'missed',
  'too wide to judge',
  'skipped',
  'no goal on this machine',
  'reached',
] as const

export interface Verdict {
  verdict: (typeof verdictKinds)[number]
  /** The figures, as text. */
  found: string
}
