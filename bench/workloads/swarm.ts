import { engineJson } from '../../test/live/support/request.ts'
import { node, shell } from '../harness/contender.ts'
import { cpuEach, each, peak } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

/** Requests of one `docker service ps`: a ping, the service by id and by name, its tasks, the service once more. */
const requestsOfPoll = 5

export const swarmFollow: Workload = {
  id: 'swarm-follow',
  title: '100 jobs on a Swarm, followed',
  about:
    '100 services of mode replicated-job that wait for a node, so that the nodes have no work: a second of following them, from their eleventh on. Docker’s command is called once a second for each.',
  server: 'swarm',
  onRequest: true,
  rounds: 3,
  seconds: 60,
  metrics: [
    {
      key: 'requests',
      label: 'requests a second',
      unit: '',
      steady: true,
      of: ({ requests }) => requests,
    },
    {
      key: 'cpu',
      label: 'CPU a second',
      unit: 'ms',
      of: ({ cpu, processCpu }) => (cpu ?? processCpu) && (cpu ?? processCpu ?? 0) * 1000,
    },
    peak,
  ],
  contenders({ socket, scale }) {
    const count = Math.round(100 * scale)
    const prepare = async () => {
      const names = Array.from({ length: count }, (_, index) => `bench-${index}`)
      for (const name of names) await createWaiting(socket, name)
      return { args: names, clean: () => removeAll(socket, names) }
    }
    return [
      node('holdfast', 'swarm/follow.mjs', [socket, count, 10, busybox, 'true']),
      shell('docker', 'swarm/poll.sh', [socket], {
        needs: ['docker'],
        note: 'docker service ps, for each',
        given: { requests: count * requestsOfPoll },
        prepare,
      }),
    ]
  },
}

export const swarmJob: Workload = {
  id: 'swarm-job',
  title: 'A job on a Swarm',
  about: 'A service of mode replicated-job that prints a line: created, followed, its output read, removed.',
  server: 'swarm',
  onRequest: true,
  rounds: 5,
  seconds: 60,
  // The docker command reports nothing of its own: its start and end are a small part of it.
  metrics: [
    { ...each, of: sample => each.of({ seconds: sample.wall ?? 0, ...sample }) },
    { ...cpuEach, of: sample => cpuEach.of({ cpu: sample.processCpu ?? 0, ...sample }) },
    peak,
  ],
  contenders({ socket, scale }) {
    const count = Math.max(1, Math.round(5 * scale))
    const args = [socket, count, busybox, 'echo', 'hi']
    return [
      node('holdfast', 'swarm/job.mjs', args),
      shell('docker', 'swarm/job.sh', args, {
        needs: ['docker'],
        note: 'docker service create, service ps five times a second, service logs, service rm',
        given: { count },
      }),
    ]
  },
}

async function createWaiting(socket: string, Name: string): Promise<void> {
  await engineJson(socket, 'POST', '/services/create', {
    Name,
    TaskTemplate: {
      ContainerSpec: { Image: busybox },
      Placement: { Constraints: ['node.labels.bench==none'] },
    },
    Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
  })
}

async function removeAll(socket: string, names: readonly string[]): Promise<void> {
  for (const name of names) await engineJson(socket, 'DELETE', `/services/${name}`)
}
