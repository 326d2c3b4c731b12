import { docker, holdfast, node } from '../harness/contender.ts'
import { jobContender } from '../harness/job-contenders.ts'
import { cpuEach, each, peak, processCpu, wall } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

const echo = ['echo', 'hi']

/** Jobs one after the other in one process. */
function jobs(
  of: Pick<Workload, 'id' | 'title' | 'server' | 'rounds' | 'seconds'>,
  jobs: { warmUp: number; count: number },
): Workload {
  const { warmUp, count } = jobs
  return {
    ...of,
    about: `\`echo hi\` ${count} times, one at a time, after ${warmUp} that do not count; host network, the image is local.`,
    metrics: [cpuEach, each, peak],
    contenders: ({ socket, scale }) =>
      (['undici', 'holdfast', 'dockerode'] as const).map(name =>
        jobContender(name, {
          socket,
          read: 'bytes',
          warmUp: Math.ceil(warmUp * scale),
          count: Math.ceil(count * scale),
          image: busybox,
          command: echo,
          network: 'host',
        }),
      ),
  }
}

export const job = jobs(
  { id: 'job', title: 'A job', server: 'engine', rounds: 5, seconds: 32 },
  { warmUp: 5, count: 20 },
)

export const jobStub = jobs(
  { id: 'job-stub', title: 'A job, the client’s part alone', server: 'stub', rounds: 5, seconds: 20 },
  { warmUp: 500, count: 500 },
)

export const manyJobs: Workload = {
  id: 'jobs-many',
  title: 'Many jobs, 8 at once',
  about: '60 jobs of `true`, 8 at once in one process, host network.',
  server: 'engine',
  rounds: 5,
  seconds: 22,
  metrics: [each, cpuEach, peak],
  contenders: ({ socket, scale }) =>
    (['raw JS', 'holdfast'] as const).map(name =>
      jobContender(name, {
        socket,
        read: 'bytes',
        warmUp: 8,
        count: Math.max(8, Math.round(60 * scale)),
        atOnce: 8,
        image: busybox,
        command: ['true'],
        network: 'host',
      }),
    ),
}

export const jobCommand: Workload = {
  id: 'job-command',
  title: 'A job as a command',
  about: 'A whole process that runs `echo hi`: its start, the job, its end; host network.',
  server: 'engine',
  rounds: 5,
  metrics: [wall, processCpu, peak],
  contenders: ({ socket }) => [
    holdfast('holdfast', socket, ['run', '--quiet', '--network', 'host', busybox, ...echo], {
      note: 'holdfast run',
    }),
    docker('docker', socket, ['run', '--rm', '--network', 'host', busybox, ...echo], {
      note: 'docker run --rm',
    }),
    node('dockerode', 'start/dockerode-job.mjs', [socket, busybox, 'host', ...echo], {
      needs: ['dockerode'],
      note: 'docker.run() and remove()',
    }),
  ],
}
