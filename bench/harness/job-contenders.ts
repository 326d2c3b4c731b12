import { c, node, python, undiciAlone } from './contender.ts'
import type { Contender } from './workload.ts'

/** Jobs that contenders run, all the same way: create, attach, wait, start, read to the end, remove. */
export interface Jobs {
  socket: string
  /** Chunks whose memory is used again, or is the reader's; lines in batches, or one by one. */
  read: 'bytes' | 'kept' | 'lines' | 'each-line'
  /** Jobs before those that count. */
  warmUp: number
  /** Where jobs are run first, in Node, and then on the Engine, until V8 has compiled what it will. */
  stub?: string
  count: number
  atOnce?: number
  image: string
  command: readonly string[]
  /** Of the containers, for clients in Node; the Engine's default when none is named. */
  network?: string
  /** Run once before, where the whole command would take too long for a warm-up; C needs none. */
  firstCommand?: readonly string[]
  /** Who is left out, by name. */
  without?: readonly string[]
  /** Those who are only of interest, by name, are measured once. */
  once?: readonly string[]
}

/** C, a bare socket in Node, holdfast, dockerode and docker-py at those jobs; C and docker-py only one at a time. */
export function jobContenders(jobs: Jobs): Contender[] {
  const { atOnce = 1, without = [], once = [] } = jobs
  const [inC, inPython] = inOtherLanguages(jobs)
  const all = atOnce === 1 ? [inC, ...inNode(jobs), inPython] : inNode(jobs)
  return all
    .filter(({ name }) => !without.includes(name))
    .map(contender => (once.includes(contender.name) ? { ...contender, rounds: 1 } : contender))
}

function inNode(jobs: Jobs): Contender[] {
  const iterated = {
    bytes: 'job.chunks({ reuse: true })',
    kept: 'job.chunks()',
    lines: 'job.batches()',
    'each-line': 'for await of lines',
  }
  const of = (name: string, client: string, more: object) =>
    node(name, 'job/job.mjs', [client, ...argumentsOf(jobs)], {
      ...more,
      env: {
        ...(jobs.firstCommand && { FIRST_COMMAND: JSON.stringify(jobs.firstCommand) }),
        ...(jobs.stub && { STUB: jobs.stub }),
        ...(jobs.network && { NETWORK: jobs.network }),
      },
    })
  return [
    of('raw JS', 'raw', {
      note: 'create, wait, attach, start, read, remove on bare sockets; one buffer to read into',
    }),
    of('undici', 'undici', {
      note: `all requests of holdfast’s, which asks for the image first and for the container last; ${undiciAlone}`,
    }),
    of('holdfast', 'holdfast', { note: `run(), ${iterated[jobs.read]}, capture 0, one Engine object` }),
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
