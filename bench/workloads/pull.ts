import { importBusybox, push, remove, tag } from '../../test/live/support/images.ts'
import { startRegistry } from '../../test/live/support/registry.ts'
import { lacks } from '../harness/at-hand.ts'
import { node } from '../harness/contender.ts'
import { peak } from '../harness/metrics.ts'
import type { Metric, Place, Workload } from '../harness/workload.ts'

const cpu: Metric = { key: 'cpu', label: 'CPU', unit: 'ms', of: ({ cpu }) => cpu && cpu * 1000 }

export const pull: Workload = {
  id: 'pull',
  title: 'A pull',
  about:
    'An image of 200 MB from a registry on this machine: the CPU that the client takes to follow it, after 2,000 pings.',
  server: 'engine',
  rounds: 4,
  seconds: 25,
  metrics: [cpu, peak],
  async contenders(place) {
    const image = lacks['docker-registry'] === undefined ? await filledRegistry(place) : ''
    const more = {
      needs: ['docker-registry'] as const,
      async prepare() {
        await remove(place.socket, image).catch(() => undefined)
        return { args: [], clean: async () => undefined }
      },
    }
    const args = [place.socket, image]
    return [
      node('raw JS', 'pull/raw.mjs', args, more),
      node('holdfast', 'pull/holdfast.mjs', [...args, 'client'], { ...more, note: 'engine.images.pull()' }),
      node('holdfast, a pull', 'pull/holdfast.mjs', [...args, 'run'], {
        ...more,
        note: 'pull(): credentials, limits, retries, verification',
      }),
      node('dockerode', 'pull/dockerode.mjs', args, {
        ...more,
        needs: ['docker-registry', 'dockerode'],
        note: 'followProgress()',
      }),
    ]
  },
}

/** Starts a registry with one image; gives its reference. */
async function filledRegistry({ socket, scale, defer }: Place): Promise<string> {
  const { address, stop } = await startRegistry()
  defer(stop)
  const image = `${address}/bench:1`
  await importBusybox(socket, 'padded:bench', { pad: Math.ceil(190 * scale) })
  await tag(socket, 'padded:bench', image)
  await push(socket, image)
  await remove(socket, 'padded:bench')
  return image
}
