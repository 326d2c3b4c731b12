import type { Workload } from './harness/workload.ts'
import { getBig, getSmall, putBig, putSmall } from './workloads/archives.ts'
import { attachBytes, attachLines } from './workloads/attach.ts'
import { coldStart } from './workloads/cold-start.ts'
import { bigFrame, demux } from './workloads/demux.ts'
import { outputWithLogs, outputWithoutLogs } from './workloads/engine-output.ts'
import { fleet } from './workloads/fleet.ts'
import { footprint } from './workloads/footprint.ts'
import { importTime } from './workloads/import.ts'
import { jobProcess, jobsEcho, jobsShare, jobsStub, jobsTrue, manyJobs } from './workloads/jobs.ts'
import { logs } from './workloads/logs.ts'
import { pullImage, pullProgress } from './workloads/pull.ts'
import { engineInspect, enginePing, imageInspect, ping, ping16 } from './workloads/requests.ts'

/** All workloads by chapter, in the order in which they run. */
export const chapters: Readonly<Record<string, readonly Workload[]>> = {
  'Small requests': [ping, ping16, imageInspect, enginePing, engineInspect],
  'Cold start and footprint': [coldStart, importTime, footprint],
  Output: [attachBytes, attachLines, logs, demux, bigFrame, outputWithoutLogs, outputWithLogs],
  Jobs: [jobsStub, fleet, jobsEcho, jobsTrue, jobsShare, jobProcess, manyJobs],
  Pulls: [pullProgress, pullImage],
  Archives: [putBig, getBig, putSmall, getSmall],
}

export const workloads: readonly Workload[] = Object.values(chapters).flat()
