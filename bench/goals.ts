import type { Goal } from './harness/goal.ts'

const mebibyte = 2 ** 20 / 1e6

const wanted: readonly Goal[] = [
  atLeast('ping', 'rate', 'dockerode', 2.2, 'ping, requests a second'),
  atMost('ping', 'cpu', 'dockerode', 0.35, 'ping, CPU'),
  atLeast('engine-ping', 'rate', 'dockerode', 2.2, 'ping of a real Engine, requests a second'),
  atMost('engine-ping', 'cpu', 'dockerode', 0.35, 'ping of a real Engine, CPU'),
  atMost('inspect', 'cpu', 'dockerode', 0.6, 'image inspect, CPU'),
  atMost('engine-inspect', 'cpu', 'dockerode', 0.6, 'image inspect of a real Engine, CPU'),
  atLeast('ping-16', 'rate', 'dockerode', 3, 'ping, 16 at once, requests a second'),
  atMost('ping', 'memory', 'dockerode', 1, 'memory after 20,000 requests'),

  ...[
    { command: 'holdfast version', floor: 'undici, one file' },
    { command: 'holdfast run', floor: 'undici, one file, a job' },
  ].flatMap(({ command, floor }) => [
    { ...atMost('cold-start', 'wall', 'empty Node', 2.3, `start of \`${command}\``, command), floor },
    { ...atMost('cold-start', 'wall', 'dockerode', 0.5, `start of \`${command}\``, command), floor },
  ]),
  bound('import', 'import', 35, 'import of the library, ms'),

  atLeast('attach-bytes', 'rate', 'raw JS', 0.8, 'output as bytes, throughput'),
  atLeast('attach-bytes', 'rate', 'dockerode', 6, 'output as bytes, throughput'),
  { ...bound('attach-lines', 'rate', 1000, 'output as lines, MB/s'), want: 'at least' },
  atLeast('attach-lines', 'rate', 'dockerode', 2.5, 'output as lines, throughput'),
  atLeast('logs', 'rate', 'dockerode', 15, 'logs, throughput'),
  atLeast('logs', 'rate', 'docker CLI', 5, 'logs, throughput'),
  atLeast('demux', 'rate', 'docker-modem', 500, 'tiny frames, throughput'),
  atMost('demux', 'peak', 'holdfast, an eighth', 1.1, 'tiny frames, memory for eight times as many'),
  // Where bare sockets take longer than curl, too, it is the Engine, or the machine, that took its time.
  {
    ...atMost('engine-output-none', 'streaming', 'curl', 1.02, 'output of a real Engine, time'),
    floor: 'raw JS',
  },
  atMost('engine-output-none', 'cpu', 'docker CLI', 0.6, 'output of a real Engine, CPU'),
  {
    ...atMost('engine-output-none', 'cpu', 'dockerode', 0.25, 'output of a real Engine, CPU'),
    floor: 'raw JS',
  },
  {
    ...atMost(
      'engine-output-json-file',
      'streaming',
      'curl',
      1.02,
      'output of a real Engine that logs, time',
    ),
    floor: 'raw JS',
  },
  bound('engine-output-none', 'peak', 110 * mebibyte, 'output of a real Engine, peak memory in MB'),
  bound('attach-bytes', 'peak', 110 * mebibyte, 'output as bytes, peak memory in MB'),
  bound('attach-lines', 'peak', 110 * mebibyte, 'output as lines, peak memory in MB'),

  bound('jobs-share', 'share', 3, 'a job, added to what the Engine takes, in ms'),
  bound('jobs-echo', 'cpu', 4, 'a job, CPU in ms'),
  atMost('jobs-echo', 'cpu', 'dockerode', 0.5, 'a job, CPU'),
  bound('jobs-stub', 'cpu', 4, 'a job on the stub, CPU in ms'),
  atMost('jobs-stub', 'cpu', 'dockerode', 0.5, 'a job on the stub, CPU'),
  {
    ...bound('job-process', 'wall', 60, '`holdfast run`, ms more than `docker run --rm`'),
    against: 'docker run',
    by: 'difference',
    floor: 'undici, one file',
  },
  atLeast('jobs-many', 'rate', 'raw JS', 0.97, 'jobs, 8 at once, jobs a second'),
  bound('fleet', 'memory', 60, 'a quiet job among 500, memory in KiB'),

  ...['put-big', 'get-big', 'put-small', 'get-small'].map(id =>
    atMost(id, 'seconds', 'docker cp', 1.2, `archives, ${id}, time`),
  ),
  // Where even tar into curl takes longer, it is the Engine's time.
  ...['put-small', 'get-small'].map(id => ({
    ...atMost(id, 'seconds', 'dockerode', 0.2, `archives, ${id}, time`),
    floor: 'tar + curl',
  })),
  ...['put-big', 'get-big'].map(id =>
    atMost(id, 'peak', 'holdfast, an eighth', 1.1, `archives, ${id}, memory for eight times as much`),
  ),

  atLeast('pull-progress', 'rate', 'dockerode', 2, 'progress of a pull, throughput'),
  atMost('pull-image', 'cpu', 'dockerode', 1.5, 'a pull of 200 MB, CPU'),
]

/** Workloads in which undici is measured alone, too. */
const onUndici = ['ping', 'ping-16', 'inspect', 'engine-ping', 'engine-inspect', 'logs', 'fleet']
const jobsOnUndici = ['jobs-stub', 'jobs-echo', 'jobs-share']

/** Where we want to stand, beside the peers and the floor. */
export const goals: readonly Goal[] = wanted.map(goal =>
  [...onUndici, ...jobsOnUndici].includes(goal.workload) ? { floor: 'undici', ...goal } : goal,
)

/** The contenders of a workload that a goal compares. */
export function comparedIn(workload: string): ReadonlySet<string> {
  const here = goals.filter(goal => goal.workload === workload)
  return new Set(
    here.flatMap(({ of = 'holdfast', against, floor }) =>
      [of, against, floor].filter(name => name !== undefined),
    ),
  )
}

function bound(workload: string, metric: string, bound: number, text: string): Goal {
  return { text, workload, metric, want: 'at most', bound }
}

function atMost(
  workload: string,
  metric: string,
  against: string,
  bound: number,
  text: string,
  of?: string,
): Goal {
  const goal = { text: `${text}: beside ${against}`, workload, metric, against, bound }
  return { ...goal, want: 'at most', ...(of && { of }) }
}

function atLeast(workload: string, metric: string, against: string, bound: number, text: string): Goal {
  return { text: `${text}: beside ${against}`, workload, metric, against, want: 'at least', bound }
}
