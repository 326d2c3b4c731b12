import type { MachineFacts } from './machine.ts'
import type { Metric, Server } from './workload.ts'

/** What a contender's processes gave, round by round. */
export interface ContenderResult {
  name: string
  note?: string
  /** Why there is nothing. */
  skipped?: string
  /** By metric's key. */
  values: Record<string, number[]>
}

export interface WorkloadResult {
  id: string
  title: string
  about: string
  metrics: Array<Omit<Metric, 'of'>>
  server: { kind: Server; lacks?: string }
  contenders: ContenderResult[]
  /** CPUs that other processes kept busy between the rounds: the median. */
  busy: number
  /** Seconds that all of it took. */
  took: number
}

/** A whole run, as results/latest.json keeps it. */
export interface Results {
  machine: MachineFacts
  /** True for a quick look: sizes are too small to compare. */
  quick: boolean
  workloads: WorkloadResult[]
}
