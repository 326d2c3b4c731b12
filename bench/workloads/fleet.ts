import { node } from '../harness/contender.ts'
import { peak } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

function fleet(size: number): Workload {
  return {
    id: `fleet-${size}`,
    title: `${size.toLocaleString('en')} quiet jobs in one process`,
    about: `${size.toLocaleString('en')} jobs at once on the stub, all of them silent: what each of them adds to the memory and the open sockets of a process that already runs one.`,
    server: 'stub',
    rounds: 3,
    metrics: [
      {
        key: 'memory',
        label: 'memory each',
        unit: 'KiB',
        steady: true,
        of: ({ memoryEach }) => memoryEach && memoryEach / 1024,
      },
      { key: 'sockets', label: 'sockets each', unit: '', steady: true, of: ({ socketsEach }) => socketsEach },
      peak,
    ],
    contenders({ socket, scale }) {
      const args = [socket, Math.round(size * Math.max(scale, 0.2)), busybox, 'sleep']
      return [
        node('undici', 'fleet/undici.mjs', args, { note: 'the same requests by dispatch()' }),
        node('holdfast', 'fleet/holdfast.mjs', ['plain', ...args]),
        node('holdfast, jobs', 'fleet/holdfast.mjs', ['job', ...args], {
          note: 'each with a key and a reader of its output, all with one lease',
        }),
        node('dockerode', 'fleet/dockerode.mjs', args, {
          needs: ['dockerode'],
          note: 'create, attach, wait, start',
        }),
      ]
    },
  }
}

export const fleet500 = fleet(500)
export const fleet2000 = fleet(2000)
