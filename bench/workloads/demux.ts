import { c, node } from '../harness/contender.ts'
import { cpuPerGiB, peak, seconds, throughput } from '../harness/metrics.ts'
import type { Workload } from '../harness/workload.ts'

const mebibyte = 2 ** 20
const chunk = 64 * 1024

export const demux: Workload = {
  id: 'demux',
  title: 'Tiny frames, taken apart',
  about:
    'Frames of 24 bytes, 16 of them payload, in chunks of 64 KiB from memory: no socket, no HTTP. 1 GiB, docker-modem 2 MiB; holdfast once more with an eighth, to see that memory does not grow.',
  server: 'none',
  rounds: 3,
  cold: true,
  metrics: [throughput, cpuPerGiB, peak],
  contenders({ scale }) {
    const args = (mebibytes: number) => [16, Math.round(mebibytes * scale * 16) * chunk, chunk]
    return [
      c('demux', args(1024)),
      node('raw JS', 'demux/raw.mjs', args(1024), { note: 'ranges, no subarray for each frame' }),
      node('holdfast', 'demux/holdfast.mjs', args(1024), {
        note: 'OutputStream, which is below job.chunks()',
      }),
      node('holdfast, an eighth', 'demux/holdfast.mjs', args(128)),
      node('docker-modem', 'demux/docker-modem.mjs', args(2), { needs: ['dockerode'], note: 'demuxStream' }),
    ]
  },
}

export const bigFrame: Workload = {
  id: 'big-frame',
  title: 'One large frame, taken apart',
  about:
    'A frame of 64 MiB in chunks of 64 KiB from memory: whoever puts the chunks together again and again takes long. docker-modem’s is of 16 MiB: of 64 it would take sixteen times as long.',
  server: 'none',
  rounds: 5,
  cold: true,
  metrics: [seconds, peak],
  contenders({ scale }) {
    const frame = (mebibytes: number) => {
      const total = Math.round(mebibytes * mebibyte * Math.max(scale, 0.125))
      return [total - 8, total, chunk]
    }
    const args = frame(64)
    return [
      c('demux', args),
      node('raw JS', 'demux/raw.mjs', args),
      node('holdfast', 'demux/holdfast.mjs', args),
      node('docker-modem', 'demux/docker-modem.mjs', frame(16), { needs: ['dockerode'], rounds: 1 }),
    ]
  },
}
