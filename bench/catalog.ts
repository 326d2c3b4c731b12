import type { Workload } from './harness/workload.ts'
import { getBig, getSmall, putBig, putSmall } from './workloads/archives.ts'
import { fleet500, fleet2000 } from './workloads/fleet.ts'
import { job, jobCommand, jobStub, manyJobs } from './workloads/job.ts'
import { engineLogs, logs } from './workloads/logs.ts'
import { ps, sweep } from './workloads/many-jobs.ts'
import { lines, output } from './workloads/output.ts'
import { pull } from './workloads/pull.ts'
import { replay } from './workloads/replay.ts'
import { start } from './workloads/start.ts'
import { swarmFollow, swarmJob } from './workloads/swarm.ts'

/** All workloads, in the order in which they run. */
export const workloads: readonly Workload[] = [
  job,
  jobStub,
  manyJobs,
  jobCommand,
  start,
  fleet500,
  fleet2000,
  output,
  lines,
  logs,
  engineLogs,
  putBig,
  getBig,
  putSmall,
  getSmall,
  pull,
  replay,
  ps,
  sweep,
  swarmFollow,
  swarmJob,
]

/** Those that run where none are named. */
export const wholeRun: readonly Workload[] = workloads.filter(({ onRequest }) => !onRequest)
