import { join } from 'node:path'
import { holdfastRoot } from '../harness/checkout.ts'
import { c, contender, docker, node, python, undiciAlone } from '../harness/contender.ts'
import { cpu, peak, wall } from '../harness/metrics.ts'
import { busybox } from '../harness/servers.ts'
import { undiciInOneFile } from '../harness/undici-one-file.ts'
import type { Contender, Workload } from '../harness/workload.ts'

export const coldStart: Workload = {
  id: 'cold-start',
  title: 'Cold start',
  about:
    'From the start of a process to its end: one image inspect on the stub, except where the name says otherwise. `run` and `version` are the whole command.',
  server: 'stub',
  rounds: 15,
  enough: 35,
  metrics: [wall, cpu, peak],
  async contenders(place) {
    const { socket, scratch } = place
    const oneFile = await undiciInOneFile(place)
    const args = [socket, busybox]
    const inspect = (name: string, script: string, more = {}) =>
      node(name, `cold-start/${script}`, args, more)
    return [
      c('requests', [socket, `/images/${busybox}/json`, 1, 1]),
      inspect('empty Node', 'empty.mjs', { note: 'an empty file' }),
      inspect('raw JS', 'raw.mjs'),
      inspect('node:http', 'http.mjs'),
      inspect('undici', 'undici.mjs', { note: `its client alone; ${undiciAlone}` }),
      oneFile('undici, one file', 'the image inspect', [busybox]),
      oneFile('undici, one file, a job', 'all requests of `holdfast run`', [busybox, 'true']),
      inspect('holdfast', 'holdfast.mjs', { note: 'the library' }),
      ...commands(socket, scratch),
      inspect('dockerode', 'dockerode.mjs', { needs: ['dockerode'] }),
      node('dockerode, a job', 'cold-start/dockerode-job.mjs', [...args, 'true'], {
        needs: ['dockerode'],
        note: 'what `holdfast run` does: dockerode’s run(), then the container is removed',
      }),
      inspect('testcontainers', 'testcontainers.mjs', {
        needs: ['testcontainers'],
        note: 'getContainerRuntimeClient(), without its reaper and its look-up of the host',
      }),
      python('cold-start/docker-py.py', args),
      docker('docker CLI', socket, ['image', 'inspect', busybox], { note: 'docker image inspect' }),
    ]
  },
}

/** Ours as a command. */
function commands(socket: string, scratch: string): Contender[] {
  const env = { DOCKER_HOST: `unix://${socket}` }
  const bin = join(holdfastRoot, 'bin/holdfast.js')
  const run = ['run', '--quiet', busybox, 'true']
  return [
    contender('holdfast version', [process.execPath, bin, 'version'], { env }),
    contender('holdfast run', [process.execPath, bin, ...run], { env, note: 'the image is local' }),
    node('holdfast run, compiled', 'cold-start/compiled.cjs', [scratch, holdfastRoot, ...run], {
      env,
      note: 'with V8’s code cache of all that it comes to: nothing is left to compile',
    }),
  ]
}
