import { engineJson } from '../../test/live/support/request.ts'
import { docker, shell } from '../harness/contender.ts'
import { type Jobs, jobContender } from '../harness/job-contenders.ts'
import { cpuPerGiB, peak } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import type { Metric, Place, Workload } from '../harness/workload.ts'

const mebibyte = 2 ** 20
/** The container prints a file of that size again and again. */
const pieceMiB = 16
const pieces = 64
const image = 'lines:bench'

const streaming: Metric = {
  key: 'time',
  label: 'start to last byte',
  unit: 's',
  // The docker command reports nothing; its own start and the removal are in its time.
  of: ({ streaming, wall }) => streaming ?? wall,
}

const metrics = [streaming, cpuPerGiB, peak]
const about = 'A container prints 1 GiB of 80-byte lines, log driver none; they are read over an attachment'

export const output: Workload = {
  id: 'output',
  title: 'Output as bytes',
  about: `${about} and counted. Clients in Node have read ${pieceMiB} MiB before.`,
  server: 'engine-no-logs',
  rounds: 3,
  seconds: 36,
  metrics,
  async contenders(place) {
    const jobs = await printing(place)
    const { socket, command } = jobs
    const given = { bytes: (command.length - 1) * pieceMiB * mebibyte }
    return [
      shell('curl', 'job/curl.sh', [socket, image, ...command], {
        needs: ['curl'],
        given,
        note: 'curl > /dev/null, frames and all; the other requests by curl, too',
      }),
      jobContender('raw JS', jobs),
      { ...jobContender('holdfast', jobs), note: 'job.chunks({ reuse: true })' },
      jobContender('dockerode', jobs),
      docker('docker', socket, ['run', '--rm', image, ...command], {
        given,
        note: 'docker run --rm > /dev/null',
      }),
    ]
  },
}

export const lines: Workload = {
  id: 'lines',
  title: 'Output as lines',
  about: `${about} line by line. Each process has read ${pieceMiB} MiB before.`,
  server: 'engine-no-logs',
  rounds: 3,
  seconds: 30,
  metrics,
  async contenders(place) {
    const jobs: Jobs = { ...(await printing(place)), read: 'lines' }
    return [
      jobContender('raw JS', jobs),
      { ...jobContender('holdfast', jobs), note: 'job.batches()' },
      {
        ...jobContender('holdfast', { ...jobs, read: 'each-line' }),
        name: 'holdfast, each line',
        note: 'for await (const line of job)',
      },
      jobContender('dockerode', jobs),
    ]
  },
}

/** A job that prints; its image has the lines in a file, as making them takes longer than printing them. */
async function printing({ socket, scale }: Place): Promise<Jobs> {
  await makeImage(socket)
  const file = ['cat', '/lines']
  const command = ['cat', ...Array<string>(Math.max(1, Math.round(pieces * scale))).fill('/lines')]
  return { socket, read: 'bytes', warmUp: 1, count: 1, image, command, firstCommand: file }
}

async function makeImage(socket: string): Promise<void> {
  const line = 'a line of a job that has much to say, and says it in eighty bytes, end included'
  const Cmd = ['sh', '-c', `yes '${line}' | head -c ${pieceMiB * mebibyte} > /lines`]
  const { Id } = await engineJson<{ Id: string }>(socket, 'POST', '/containers/create', {
    Image: busybox,
    Cmd,
  })
  await engineJson(socket, 'POST', `/containers/${Id}/start`)
  await engineJson(socket, 'POST', `/containers/${Id}/wait`)
  const query = new URLSearchParams({ container: Id, repo: 'lines', tag: 'bench' })
  await engineJson(socket, 'POST', `/commit?${query}`, {})
  await engineJson(socket, 'DELETE', `/containers/${Id}`)
}
