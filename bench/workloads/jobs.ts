import { join } from 'node:path'
import { holdfastRoot } from '../harness/checkout.ts'
import { contender, docker, node, undiciAlone } from '../harness/contender.ts'
import { type Jobs, jobContenders } from '../harness/job-contenders.ts'
import { cpu, peak, perSecond, wall } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import { undiciInOneFile } from '../harness/undici-one-file.ts'
import type { Contender, Metric, Server, Workload } from '../harness/workload.ts'

const each: Metric = {
  key: 'each',
  label: 'each job',
  unit: 'ms',
  better: 'less',
  of: ({ count, seconds = 0 }) => count && (seconds / count) * 1000,
}

const cpuOfEach: Metric = {
  key: 'cpu',
  label: 'CPU each',
  unit: 'ms',
  better: 'less',
  of: ({ count, cpu = 0 }) => count && (cpu / count) * 1000,
}

interface Kind {
  server: Server
  command: readonly string[]
  /** Jobs before those that count, and those. */
  warmUp: number
  count: number
  rounds: number
  /** Clients in Node run jobs on the stub before. */
  compiled?: boolean
  network?: string
  without?: readonly string[]
  once?: readonly string[]
}

/** Jobs one after the other in one process. */
function jobs(id: string, title: string, where: string, kind: Kind): Workload {
  const { server, command, warmUp, count, rounds, compiled = false, without = [], once = [], ...more } = kind
  return {
    id,
    title,
    about: `\`${command.join(' ')}\` ${count} times, one at a time, after ${warmUp} that do not count, in one process; ${where}.`,
    server,
    rounds,
    cold: true,
    metrics: [each, cpuOfEach, peak],
    async contenders({ socket, stub, scale }) {
      const some = (jobs: number) => Math.ceil(jobs * scale)
      const args = { socket, warmUp: some(warmUp), count: some(count), image: busybox, command, ...more }
      const before = compiled && { stub: await stub() }
      const ours = jobContenders({ ...args, ...before, read: 'bytes', once: ['docker-py', ...once] })
      const all = server === 'stub' ? ours : [...ours, withTestcontainers(args)]
      return all.filter(({ name }) => !without.includes(name))
    },
  }
}

function withTestcontainers({ socket, warmUp, count, image, command }: Omit<Jobs, 'read'>): Contender {
  const args = [socket, 'bytes', warmUp, count, 1, image, ...command]
  return node('testcontainers', 'job/testcontainers.mjs', args, {
    needs: ['testcontainers'],
    rounds: 1,
    note: 'one-shot wait strategy, without its reaper; not run on the stub before',
  })
}

const echo = ['echo', 'hi']

export const jobsStub = jobs(
  'jobs-stub',
  'Jobs, the client’s part',
  'the stub takes no time, so that all of it is the client’s',
  { server: 'stub', command: echo, warmUp: 1000, count: 500, rounds: 6 },
)
export const jobsEcho = jobs(
  'jobs-echo',
  'Jobs: echo',
  'a real Engine, the host’s network, the image is local; after a thousand jobs on the stub and eight on the Engine, by which V8 has compiled what it will',
  {
    server: 'engine',
    command: echo,
    warmUp: 1,
    count: 6,
    rounds: 2,
    compiled: true,
    network: 'host',
    // They know no other network than the default one.
    without: ['C', 'docker-py', 'testcontainers'],
    once: ['raw JS'],
  },
)
export const jobsTrue = jobs(
  'jobs-true',
  'Jobs: true',
  'a real Engine’s default bridge, the image is local; nothing else has run in the process',
  { server: 'engine', command: ['true'], warmUp: 1, count: 3, rounds: 1, without: ['undici'] },
)

export const jobsShare: Workload = {
  id: 'jobs-share',
  title: 'Jobs, our share of the time',
  about:
    'One process runs `echo hi` in the host’s network by bare sockets and by a client in turns; the middle of the differences, pair by pair, is what the client adds to what the Engine takes. Between the request to start and the exit the Engine takes 20 ms more or less from one time to the next: what is added around that is told by itself, without the tenths of a millisecond that a client adds in between. Both have run a thousand jobs on the stub before, and eight on the Engine, by which V8 has compiled what it will.',
  server: 'engine',
  rounds: 2,
  cold: true,
  metrics: [
    { key: 'share', label: 'added by the client', unit: 'ms', better: 'less', of: s => inMs(s.around) },
    { key: 'whole', label: 'to the whole job', unit: 'ms', better: 'less', of: s => inMs(s.whole) },
    { key: 'floor', label: 'by bare sockets', unit: 'ms', better: 'less', of: s => inMs(s.floor) },
  ],
  async contenders({ socket, stub, scale }) {
    const env = { STUB: await stub() }
    const args = (client: string, pairs: number) => {
      return [client, socket, Math.ceil(pairs * scale), busybox, 'echo', 'hi']
    }
    return [
      node('undici', 'job/paired.mjs', args('undici', 10), {
        env,
        note: `all requests of holdfast’s; ${undiciAlone}`,
        rounds: 1,
      }),
      node('holdfast', 'job/paired.mjs', args('holdfast', 15), { env }),
    ]
  },
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds && seconds * 1000
}

export const jobProcess: Workload = {
  id: 'job-process',
  title: 'A job as a command',
  about: 'A whole process that runs `echo hi` on a real Engine: its start, the job, its end.',
  server: 'engine',
  rounds: 10,
  metrics: [wall, cpu, peak],
  async contenders(place) {
    const { socket } = place
    const oneFile = await undiciInOneFile(place)
    const bin = join(holdfastRoot, 'bin/holdfast.js')
    const args = ['run', '--quiet', busybox, 'echo', 'hi']
    const env = { DOCKER_HOST: `unix://${socket}` }
    return [
      contender('holdfast', [process.execPath, bin, ...args], { env, note: 'holdfast run' }),
      oneFile('undici, one file', 'all requests of it', [busybox, 'echo', 'hi']),
      docker('docker run', socket, ['run', '--rm', busybox, 'echo', 'hi'], { note: 'docker run --rm' }),
    ]
  },
}

export const manyJobs: Workload = {
  id: 'jobs-many',
  title: 'Many jobs, 8 at once',
  about:
    'Jobs of `true` on a real Engine, 8 at once in one process, in the host’s network: 200 in four rounds, or 100 in two where those take more than a minute.',
  server: 'engine',
  rounds: 4,
  enough: 60,
  cold: true,
  metrics: [perSecond, cpuOfEach, peak],
  contenders({ socket, scale }) {
    const count = Math.max(8, Math.round(50 * scale))
    const command = ['true']
    return jobContenders({
      socket,
      read: 'bytes',
      warmUp: 8,
      count,
      atOnce: 8,
      image: busybox,
      network: 'host',
      command,
      without: ['undici', 'dockerode'],
    })
  },
}
