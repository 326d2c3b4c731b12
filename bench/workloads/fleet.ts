import { node, undiciAlone } from '../harness/contender.ts'
import { peak } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

export const fleet: Workload = {
  id: 'fleet',
  title: 'Many quiet jobs in one process',
  about:
    '500 jobs at once on the stub, all of them silent, half a second after the last has started: what each of them adds to the memory and to the open sockets of a process that already runs one.',
  server: 'stub',
  rounds: 3,
  cold: true,
  metrics: [
    {
      key: 'memory',
      label: 'memory each',
      unit: 'KiB',
      better: 'less',
      steady: true,
      of: ({ memoryEach }) => memoryEach && memoryEach / 1024,
    },
    { key: 'sockets', label: 'sockets each', unit: '', better: 'less', steady: true, of: s => s.socketsEach },
    peak,
  ],
  contenders({ socket, scale }) {
    const args = [socket, Math.round(500 * Math.max(scale, 0.2)), busybox, 'sleep']
    return [
      node('raw JS', 'fleet/raw.mjs', args, {
        note: 'a buffer of 256 KiB each, of which nothing is touched',
      }),
      node('undici', 'fleet/undici.mjs', args, {
        note: `all requests of holdfast’s, which asks for the image first; ${undiciAlone}`,
      }),
      node('holdfast', 'fleet/holdfast.mjs', args),
      node('dockerode', 'fleet/dockerode.mjs', args, {
        needs: ['dockerode'],
        note: 'create, attach, wait, start',
      }),
    ]
  },
}
