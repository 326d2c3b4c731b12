import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { engineJson } from '../../test/live/support/request.ts'
import { docker, holdfast } from '../harness/contender.ts'
import { peak, processCpu, wall } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

const metrics = [wall, processCpu, peak]

export const ps: Workload = {
  id: 'ps',
  title: 'A list of 500 jobs',
  about: '500 containers of holdfast’s that were created and never started, listed.',
  server: 'engine',
  rounds: 7,
  metrics,
  async contenders({ socket, scale, defer }) {
    await createJobs(socket, Math.round(500 * scale))
    defer(() => prune(socket))
    return [
      holdfast('holdfast', socket, ['ps'], { note: 'holdfast ps' }),
      docker('docker', socket, ['ps', '-a'], { note: 'docker ps -a' }),
    ]
  },
}

export const sweep: Workload = {
  id: 'sweep',
  title: 'A sweep of 60 jobs',
  about:
    '60 containers whose runner is dead, removed. Docker’s command leaves it to the Engine, which removes one at a time.',
  server: 'engine',
  rounds: 3,
  seconds: 25,
  metrics,
  contenders({ socket, scale }) {
    const prepare = async () => {
      await createJobs(socket, Math.round(60 * scale))
      return { args: [], clean: () => prune(socket) }
    }
    return [
      holdfast('holdfast', socket, ['sweep', '--force'], { prepare, note: 'holdfast sweep --force' }),
      docker('docker', socket, ['container', 'prune', '--force', '--filter', 'label=dev.holdfast.run'], {
        prepare,
        note: 'docker container prune',
      }),
    ]
  },
}

/** Containers as a runner leaves them that dies before the start. */
async function createJobs(socket: string, count: number): Promise<void> {
  const owner = await deadOwner()
  const create = async (index: number) => {
    const Labels = {
      'dev.holdfast.run': `bench-${index}`,
      'dev.holdfast.owner': owner,
      'dev.holdfast.remove': 'always',
    }
    await engineJson(socket, 'POST', '/containers/create', { Image: busybox, Cmd: ['true'], Labels })
  }
  for (let at = 0; at < count; at += 8)
    await Promise.all(Array.from({ length: Math.min(8, count - at) }, (_, index) => create(at + index)))
}

/** A dead owner: this process's id with another start time. */
async function deadOwner(): Promise<string> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  const pids = (await readlink('/proc/self/ns/pid')).replace(/\D/g, '')
  return `${hostname()} ${boot} ${pids} ${process.pid} 1`
}

async function prune(socket: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: ['dev.holdfast.run'] }))
  await engineJson(socket, 'POST', `/containers/prune?filters=${filters}`)
}
