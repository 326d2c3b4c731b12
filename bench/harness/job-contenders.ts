import { c, node, python } from './contender.ts'
import type { Contender } from './workload.ts'

/** Jobs that contenders run, all the same way: create, attach, wait, start, read to the end, remove. */
export interface Jobs {
  socket: string
  read: 'bytes' | 'lines'
  /** Jobs before those that count. */
  warmUp: number
  count: number
  atOnce?: number
  image: string
  command: readonly string[]
  /** Those who are only of interest, by name, are measured once. */
  once?: readonly string[]
}

/** C, a bare socket in Node, holdfast, dockerode and docker-py at those jobs; C and docker-py only one at a time. */
export function jobContenders(jobs: Jobs): Contender[] {
  const { atOnce = 1, once = [] } = jobs
  const [inC, inPython] = inOtherLanguages(jobs)
  const all = atOnce === 1 ? [inC, ...inNode(jobs), inPython] : inNode(jobs)
  return all.map(contender => (once.includes(contender.name) ? { ...contender, rounds: 1 } : contender))
}

function inNode(jobs: Jobs): Contender[] {
  const iterated = jobs.read === 'lines' ? 'for await of lines' : 'job.chunks()'
  const of = (name: string, client: string, more: object) =>
    node(name, 'job/job.mjs', [client, ...argumentsOf(jobs)], more)
  return [
    of('raw JS', 'raw', {
      note: 'create, wait, attach, start, read, remove on bare sockets; one buffer to read into',
    }),
    of('holdfast', 'holdfast', { note: `run(), ${iterated}, capture 0, one Engine object` }),
    of('dockerode', 'dockerode', {
      needs: ['dockerode'],
      note: 'docker.run() and remove(); Node’s own agent, which keeps connections alive',
    }),
  ]
}

function inOtherLanguages(jobs: Jobs): [c: Contender, python: Contender] {
  const args = argumentsOf(jobs)
  return [
    c('job', args, { note: 'the same requests as raw JS; a buffer of 1 MiB' }),
    python('job/docker-py.py', args, { note: 'create, attach, start, read, wait, remove, as Airflow does' }),
  ]
}

function argumentsOf({ socket, read, warmUp, count, atOnce = 1, image, command }: Jobs) {
  return [socket, read, warmUp, count, atOnce, image, ...command]
}
