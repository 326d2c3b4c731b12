import { holdfast, node } from '../harness/contender.ts'
import { peak, processCpu, wall } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import { undiciInOneFile } from '../harness/undici-one-file.ts'
import type { Workload } from '../harness/workload.ts'

export const start: Workload = {
  id: 'start',
  title: 'Start of the command',
  about: 'From the start of a process to its end. The jobs run `true` on the stub, where they take no time.',
  server: 'stub',
  rounds: 15,
  seconds: 30,
  metrics: [wall, processCpu, peak],
  async contenders(place) {
    const { socket } = place
    return [
      node('empty Node', 'start/empty.mjs', [], { note: 'an empty file' }),
      holdfast('holdfast --help', socket, ['--help']),
      await undiciInOneFile(place, [busybox, 'true']),
      holdfast('holdfast', socket, ['run', '--quiet', busybox, 'true'], { note: 'holdfast run' }),
      node('dockerode', 'start/dockerode-job.mjs', [socket, busybox, 'default', 'true'], {
        needs: ['dockerode'],
        note: 'docker.run() and remove()',
      }),
    ]
  },
}
