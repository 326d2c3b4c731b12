/** What is to be reached: a bound on a metric of ours, alone or beside another contender's. */
export interface Goal {
  /** In words, as `ping: rate at least 2.2x dockerode's`. */
  text: string
  workload: string
  metric: string
  /** Default `holdfast`. */
  of?: string
  /** Without it the metric itself is bound. */
  against?: string
  /** How the two are compared. Default `ratio`, ours by theirs. */
  by?: 'ratio' | 'difference'
  /**
   * The contender that does as little as can be done: what holdfast is built on, or Node itself. Where it misses the bound,
   * too, that is out of reach.
   */
  floor?: string
  want: 'at least' | 'at most'
  bound: number
}

export interface Verdict {
  goal: Goal
  verdict: 'reached' | 'missed' | 'out of reach' | 'too wide to judge' | 'skipped'
  /** What was found, in words. */
  found: string
}
