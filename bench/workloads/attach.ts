import { docker } from '../harness/contender.ts'
import { jobContenders } from '../harness/job-contenders.ts'
import { cpuPerGiB, peak, throughput } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

const gibibyte = 2 ** 30
const frame = 32 * 1024

/** A job's output, read as it comes over an attachment. */
function attach(read: 'bytes' | 'lines'): Workload {
  return {
    id: `attach-${read}`,
    title: `Output, as ${read}`,
    about: `A job on the stub prints 1 GiB of 80-byte lines in frames of 32 KiB, over a raw connection; its output is counted as ${read}. Each process has run a smaller one before.`,
    server: 'stub',
    rounds: 5,
    cold: true,
    metrics: [throughput, cpuPerGiB, peak],
    contenders({ socket, scale }) {
      const command = (size: number) => [
        'frames',
        String(frame),
        String(Math.round((size * scale) / frame) * frame),
      ]
      const jobs = { socket, read, warmUp: 1, count: 1, image: busybox, command: command(gibibyte) }
      const contenders = jobContenders(jobs)
      if (read === 'lines') return contenders
      const cli = docker('docker CLI', socket, ['run', '--rm', busybox, ...command(gibibyte)], {
        note: 'docker run --rm > /dev/null; its start is in it',
        given: { bytes: Number(command(gibibyte)[2]) },
      })
      return [...contenders, cli]
    },
  }
}

export const attachBytes = attach('bytes')
export const attachLines = attach('lines')
