import { importBusybox, push, remove, tag } from '../../test/live/support/images.ts'
import { startRegistry } from '../../test/live/support/registry.ts'
import { has } from '../harness/at-hand.ts'
import { docker, node, python } from '../harness/contender.ts'
import { peak } from '../harness/metrics.ts'
import type { Contender, Metric, Place, Workload } from '../harness/workload.ts'

const rate: Metric = {
  key: 'rate',
  label: 'throughput',
  unit: 'MB/s',
  better: 'more',
  of: ({ progress, seconds = 0 }) => progress && progress / seconds / 1e6,
}

const cpu: Metric = {
  key: 'cpu',
  label: 'CPU',
  unit: 'ms',
  better: 'less',
  of: ({ cpu, processCpu }) => (cpu ?? processCpu ?? 0) * 1000,
}

export const pullProgress: Workload = {
  id: 'pull-progress',
  title: 'Progress of a pull',
  about:
    'The stub tells 200 MB of progress as JSON lines, an HTTP chunk for each, as the Engine sends them; every step is looked at. docker-py reads 20 MB.',
  server: 'stub',
  rounds: 2,
  cold: true,
  metrics: [rate, peak],
  contenders({ socket, scale }) {
    const pull = (bytes: number) => {
      const progress = Math.round(bytes * scale)
      return { args: [socket, 'bench', progress], given: { progress } }
    }
    const { args, given } = pull(200e6)
    const less = pull(20e6)
    return [
      node('raw JS', 'pull/raw.mjs', args, { given, note: 'split and JSON.parse' }),
      node('holdfast', 'pull/holdfast.mjs', args, { given, note: 'engine.images.pull()' }),
      node('dockerode', 'pull/dockerode.mjs', args, { given, needs: ['dockerode'], note: 'followProgress' }),
      python('pull/docker-py.py', less.args, { given: less.given, rounds: 1 }),
    ]
  },
}

export const pullImage: Workload = {
  id: 'pull-image',
  title: 'A real pull',
  about:
    'An image of 200 MB from a registry on this machine; the CPU that the client takes to follow it, after 5,000 pings of holdfast and dockerode.',
  server: 'engine',
  rounds: 4,
  enough: 33,
  cold: true,
  metrics: [cpu, peak],
  contenders: realPull,
}

async function realPull({ socket, scale, defer }: Place): Promise<Contender[]> {
  const args = (registry: string) => [socket, `${registry}/bench`, '1']
  const needs = has('docker-registry') ? undefined : 'no docker-registry (apt-get install docker-registry)'
  const registry = needs === undefined ? await filledRegistry(socket, scale, defer) : ''
  const image = `${registry}/bench:1`
  const prepare = async () => {
    await remove(socket, image).catch(() => undefined)
    return { args: [], clean: async () => undefined }
  }
  const more = { prepare, lacks: needs }
  return [
    node('raw JS', 'pull/raw.mjs', args(registry), { ...more, rounds: 1 }),
    node('holdfast', 'pull/holdfast.mjs', args(registry), { ...more, note: 'engine.images.pull()' }),
    node('dockerode', 'pull/dockerode.mjs', args(registry), { ...more, note: 'followProgress' }),
    python('pull/docker-py.py', args(registry), { ...more, rounds: 1 }),
    docker('docker CLI', socket, ['pull', image], {
      ...more,
      rounds: 1,
      note: 'docker pull; its start is in it',
    }),
  ]
}

async function filledRegistry(socket: string, scale: number, defer: Place['defer']): Promise<string> {
  const { address, stop } = await startRegistry()
  defer(stop)
  await importBusybox(socket, 'padded:bench', { pad: Math.ceil(190 * scale) })
  await tag(socket, 'padded:bench', `${address}/bench:1`)
  await push(socket, `${address}/bench:1`)
  await remove(socket, 'padded:bench')
  return address
}
