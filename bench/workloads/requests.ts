import { c, node, python, undiciAlone } from '../harness/contender.ts'
import { cpuEach, peak, perSecond } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Metric, Place, Workload } from '../harness/workload.ts'

const memory: Metric = {
  key: 'memory',
  label: 'memory at the end',
  unit: 'MB',
  better: 'less',
  steady: true,
  of: ({ memory }) => memory && memory / 1e6,
}

const bare = ['C', 'raw JS']

/** GETs on kept-alive connections. */
function requests(
  options: Pick<Workload, 'id' | 'title' | 'enough' | 'server'> & {
    path: string
    atOnce?: number
    count: number
  },
): Workload {
  const { path, atOnce = 1, count, server, id, title, enough = 25 } = options
  return {
    id,
    title,
    about: `${count.toLocaleString('en')} GETs of ${path}, ${atOnce === 1 ? 'one at a time' : `${atOnce} at once`}, connections kept alive, after a warm-up of 5,000 in the same process. docker-py does a tenth of them.`,
    server,
    rounds: 8,
    enough,
    cold: true,
    metrics: [perSecond, cpuEach, memory, peak],
    // On a real Engine bare sockets are no floor of a goal, and take as long as everyone.
    contenders: place =>
      contenders(place, path, count, atOnce).map(contender =>
        server === 'engine' && bare.includes(contender.name) ? { ...contender, rounds: 1 } : contender,
      ),
  }
}

function contenders({ socket, scale }: Place, path: string, count: number, atOnce: number) {
  const times = Math.round(count * scale)
  const args = [socket, path, times, atOnce]
  return [
    c('requests', args),
    node('raw JS', 'requests/raw.mjs', args),
    node('undici', 'requests/undici.mjs', args, { note: undiciAlone }),
    node('holdfast', 'requests/holdfast.mjs', args, {
      note: 'engine.system.ping(), engine.images.inspect()',
    }),
    node('dockerode', 'requests/dockerode.mjs', args, {
      needs: ['dockerode'],
      note: 'Node’s own agent, which keeps connections alive; an agent of one’s own is slower: it is inspected at each request',
    }),
    python('requests/docker-py.py', [socket, path, Math.max(1, Math.round(times / 10)), atOnce], {
      note: 'APIClient, a pool of as many connections',
      rounds: 1,
    }),
  ]
}

const inspect = `/images/${busybox}/json`

export const ping = requests({ id: 'ping', title: 'Ping', path: '/_ping', count: 20_000, server: 'stub' })
export const ping16 = requests({
  id: 'ping-16',
  title: 'Ping, 16 at once',
  path: '/_ping',
  atOnce: 16,
  count: 5_000,
  server: 'stub',
  enough: 15,
})
export const imageInspect = requests({
  id: 'inspect',
  title: 'Image inspect',
  path: inspect,
  count: 5_000,
  server: 'stub',
})
export const enginePing = requests({
  id: 'engine-ping',
  title: 'Ping, real Engine',
  path: '/_ping',
  count: 4_000,
  server: 'engine',
  enough: 15,
})
export const engineInspect = requests({
  id: 'engine-inspect',
  title: 'Image inspect, real Engine',
  path: inspect,
  count: 3_000,
  server: 'engine',
  enough: 28,
})
