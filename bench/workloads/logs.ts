import { c, docker, node, python, undiciAlone } from '../harness/contender.ts'
import { cpuPerGiB, peak, throughput } from '../harness/metrics.ts'
import type { Workload } from '../harness/workload.ts'

const mebibyte = 2 ** 20

export const logs: Workload = {
  id: 'logs',
  title: 'Logs',
  about:
    'GET /logs from the stub: a frame and an HTTP chunk for each line of 80 bytes, as the Engine sends them. C, raw JS, undici and holdfast read 1 GiB, the docker command 128 MiB, dockerode 64, docker-py 16: a rate is a rate.',
  server: 'stub',
  rounds: 5,
  cold: true,
  metrics: [throughput, cpuPerGiB, peak],
  contenders({ socket, scale }) {
    const name = (mebibytes: number) => `logs-${Math.round(mebibytes * mebibyte * scale)}`
    return [
      c('logs', [socket, name(1024)]),
      node('raw JS', 'logs/raw.mjs', [socket, name(1024)]),
      node('undici', 'logs/undici.mjs', [socket, name(1024)], {
        note: `${undiciAlone}; frames are not taken apart`,
      }),
      node('holdfast', 'logs/holdfast.mjs', [socket, name(1024)], {
        note: 'engine.containers.logs(), read()',
      }),
      node('dockerode', 'logs/dockerode.mjs', [socket, name(64)], {
        needs: ['dockerode'],
        note: 'container.logs(), demuxStream into a Writable that counts',
      }),
      docker('docker CLI', socket, ['logs', name(128)], {
        note: 'docker logs > /dev/null; its start is in it',
        given: { bytes: Math.round(128 * mebibyte * scale) },
      }),
      python('logs/docker-py.py', [socket, name(16)]),
    ]
  },
}
