import { docker, node } from '../harness/contender.ts'
import { type Jobs, jobContenders } from '../harness/job-contenders.ts'
import { cpuPerGiB, peak, throughput } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Contender, Workload } from '../harness/workload.ts'

const gibibyte = 2 ** 30
const frame = 32 * 1024

/** A job's output, read as it comes over an attachment. */
function attach(read: 'bytes' | 'lines'): Workload {
  return {
    id: `attach-${read}`,
    title: `Output, as ${read}`,
    about: `A job on the stub prints 1 GiB of 80-byte lines in frames of 32 KiB, over a raw connection; its output is counted as ${read}. Each process has run one before. dockerode, docker-py and the docker command read half as much: a rate is a rate.${read === 'bytes' ? ' C, raw JS and holdfast run eight after two, in more rounds: one is over in a fifth of a second.' : ''}`,
    server: 'stub',
    rounds: 8,
    enough: read === 'bytes' ? 30 : 15,
    cold: true,
    metrics: [throughput, cpuPerGiB, peak],
    contenders({ socket, scale }) {
      const command = (size: number) => [
        'frames',
        String(frame),
        String(Math.round((size * scale) / frame) * frame),
      ]
      const jobs: Jobs = { socket, read, warmUp: 1, count: 1, image: busybox, command: command(gibibyte) }
      const half = command(gibibyte / 2)
      const slow = jobContenders({
        ...jobs,
        command: half,
        without: ['undici', 'C', 'raw JS', 'holdfast'],
        once: ['docker-py'],
      })
      const ours = { ...jobs, without: ['undici', 'dockerode', 'docker-py'] }
      if (read === 'lines') return [...jobContenders(ours), ...slow, ...lineByLine(jobs)]
      const fast = jobContenders({ ...ours, warmUp: 2, count: 8 })
      const cli = docker('docker CLI', socket, ['run', '--rm', busybox, ...half], {
        note: 'docker run --rm > /dev/null; its start is in it',
        given: { bytes: Number(half[2]) },
      })
      return [...fast, ...[...slow, kept(jobs), cli].map(contender => ({ rounds: 2, ...contender }))]
    },
  }
}

/** What a reader who keeps what he got has of it. */
function kept(jobs: Jobs): Contender {
  return named('holdfast, kept', jobContenders({ ...jobs, read: 'kept' }))
}

/** What awaiting each line costs, and how fast lines that exist already could come so. */
function lineByLine(jobs: Jobs): Contender[] {
  const total = Number(jobs.command.at(-1))
  return [
    { ...named('holdfast, each line', jobContenders({ ...jobs, read: 'each-line' })), rounds: 1 },
    node('for await alone', 'job/for-await.mjs', [total], {
      rounds: 1,
      note: 'lines that exist already: no client',
    }),
  ]
}

function named(name: string, contenders: readonly Contender[]): Contender {
  const ours = contenders.find(contender => contender.name === 'holdfast')
  if (ours === undefined) throw new Error('holdfast is always among them')
  return { ...ours, name }
}

export const attachBytes = attach('bytes')
export const attachLines = attach('lines')
