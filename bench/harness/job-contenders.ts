import { node } from './contender.ts'
import type { Contender } from './workload.ts'

/** Jobs that each contender runs the same way: create, attach, wait, start, read to the end, remove. */
export interface Jobs {
  socket: string
  read: 'bytes' | 'lines' | 'each-line'
  /** Jobs before those that count. */
  warmUp: number
  count: number
  atOnce?: number
  image: string
  command: readonly string[]
  /** In place of the command in the warm-up, where the command takes long. */
  firstCommand?: readonly string[]
  /** Of the containers; the Engine's default when none is named. */
  network?: string
}

const clients = {
  'raw JS': ['raw', 'bare sockets, one buffer to read into'],
  undici: ['undici', 'holdfast’s requests by dispatch() with the smallest handler, no timers'],
  holdfast: ['holdfast', 'run(), capture 0, one Engine object'],
  dockerode: ['dockerode', 'docker.run() and remove(); Node’s own agent, which keeps connections alive'],
} as const

export function jobContender(name: keyof typeof clients, jobs: Jobs): Contender {
  const { socket, read, warmUp, count, atOnce = 1, image, command, firstCommand, network } = jobs
  const [client, note] = clients[name]
  return node(name, 'job/job.mjs', [client, socket, read, warmUp, count, atOnce, image, ...command], {
    note,
    ...(name === 'dockerode' && { needs: ['dockerode'] }),
    env: {
      ...(firstCommand && { FIRST_COMMAND: JSON.stringify(firstCommand) }),
      ...(network && { NETWORK: network }),
    },
  })
}
