import { engineJson } from '../../test/live/support/request.ts'
import { docker, node } from '../harness/contender.ts'
import { cpuPerGiB, peak, seconds } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Workload } from '../harness/workload.ts'

const mebibyte = 2 ** 20
const metrics = [seconds, cpuPerGiB, peak]

export const logs: Workload = {
  id: 'logs',
  title: 'A large log',
  about:
    'GET /logs of the stub, 1 GiB: a frame and an HTTP chunk for each line of 80 bytes, as the Engine sends them; and an eighth of it.',
  server: 'stub',
  rounds: 3,
  metrics,
  contenders({ socket, scale }) {
    const log = (mebibytes: number) => `logs-${Math.round(mebibytes * mebibyte * scale)}`
    return [
      node('holdfast', 'logs.mjs', [socket, log(1024)]),
      node('holdfast, an eighth', 'logs.mjs', [socket, log(128)]),
    ]
  },
}

export const engineLogs: Workload = {
  id: 'engine-logs',
  title: 'A log of a real Engine',
  about: '32 MiB of 80-byte lines, log driver json-file, read from the start.',
  server: 'engine',
  rounds: 2,
  metrics,
  async contenders({ socket, scale, defer }) {
    const bytes = Math.round(32 * mebibyte * scale)
    const id = await printed(socket, bytes)
    defer(async () => void (await engineJson(socket, 'DELETE', `/containers/${id}`)))
    return [
      node('holdfast', 'logs.mjs', [socket, id]),
      docker('docker', socket, ['logs', id], { given: { bytes }, note: 'docker logs > /dev/null' }),
    ]
  },
}

/** A container that has printed so many bytes and exited. */
async function printed(socket: string, bytes: number): Promise<string> {
  const Cmd = ['sh', '-c', `yes "$(printf %079d 0)" | head -c ${bytes}`]
  const body = { Image: busybox, Cmd }
  const { Id } = await engineJson<{ Id: string }>(socket, 'POST', '/containers/create', body)
  await engineJson(socket, 'POST', `/containers/${Id}/start`)
  await engineJson(socket, 'POST', `/containers/${Id}/wait`)
  return Id
}
