import { engineJson } from '../../test/live/support/request.ts'
import { docker, shell } from '../harness/contender.ts'
import { jobContenders } from '../harness/job-contenders.ts'
import { cpuPerGiB, peak, wall } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Metric, Place, Server, Workload } from '../harness/workload.ts'

const mebibyte = 2 ** 20
/** The container prints a file of that size again and again. */
const pieceMiB = 16
const image = 'lines:bench'

const streaming: Metric = {
  key: 'streaming',
  label: 'start to last byte',
  unit: 's',
  better: 'less',
  of: ({ streaming }) => streaming,
}

function output(server: Server, driver: string, mebibytes: number, once: readonly string[]): Workload {
  return {
    id: `engine-output-${driver}`,
    title: `Output of a real Engine, log driver ${driver}`,
    about: `A container prints ${mebibytes} MiB of 80-byte lines; they are read over an attachment and counted. Clients in Node have read ${pieceMiB} MiB before.`,
    server,
    rounds: driver === 'none' ? 3 : 2,
    enough: 60,
    cold: true,
    metrics: [streaming, wall, cpuPerGiB, peak],
    async contenders(place) {
      const pieces = Math.max(1, Math.round((mebibytes * place.scale) / pieceMiB))
      return contenders(place, ['cat', ...Array(pieces).fill('/lines')], once)
    },
  }
}

async function contenders({ socket }: Place, command: string[], once: readonly string[]) {
  await makeImage(socket)
  const given = { bytes: (command.length - 1) * pieceMiB * mebibyte }
  return [
    shell('curl', 'job/curl.sh', [socket, image, ...command], {
      needs: ['curl'],
      given,
      note: 'curl > /dev/null, frames and all; the other requests by curl, too',
    }),
    ...jobContenders({
      socket,
      read: 'bytes',
      warmUp: 0,
      count: 1,
      image,
      command,
      firstCommand: command.slice(0, 2),
      without: ['undici'],
      once,
    }),
    docker('docker CLI', socket, ['run', '--rm', image, ...command], {
      given,
      note: 'docker run --rm > /dev/null',
    }),
  ]
}

/** An image that has the lines in a file: making them takes longer than printing them. */
async function makeImage(socket: string): Promise<void> {
  const line = 'a line of a job that has much to say, and says it in eighty bytes, end included'
  const Cmd = ['sh', '-c', `yes '${line}' | head -c ${pieceMiB * mebibyte} > /lines`]
  const { Id } = await engineJson<{ Id: string }>(socket, 'POST', '/containers/create', {
    Image: busybox,
    Cmd,
  })
  await engineJson(socket, 'POST', `/containers/${Id}/start`)
  await engineJson(socket, 'POST', `/containers/${Id}/wait`)
  await engineJson(
    socket,
    'POST',
    `/commit?${new URLSearchParams({ container: Id, repo: 'lines', tag: 'bench' })}`,
    {},
  )
  await engineJson(socket, 'DELETE', `/containers/${Id}`)
}

export const outputWithoutLogs = output('engine-no-logs', 'none', 160, ['docker-py'])
// Where the log is the limit, only those whom a goal is about are worth a second time.
export const outputWithLogs = output('engine', 'json-file', 24, ['C', 'dockerode', 'docker-py'])
