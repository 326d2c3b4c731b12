import { join } from 'node:path'
import { node } from '../harness/contender.ts'
import { cpuEach, each, peak } from '../harness/metrics.ts'
import type { Workload } from '../harness/workload.ts'

const recording = join(import.meta.dirname, '../../test/fixtures/app/docker-28.5-app.ndjson')
const warmUp = 30
const count = 150

export const replay: Workload = {
  id: 'replay',
  title: 'A test that is played from its recording',
  about:
    'An app of 41 requests, by Node’s http, whose Engine is a recording of 184 kB; the server is a process of its own. Each row is the CPU of one side: the client’s beside the bare server, each server’s beside the client. The file is read anew for each run of the app.',
  server: 'stub',
  rounds: 5,
  seconds: 25,
  metrics: [cpuEach, each, peak],
  contenders({ scale }) {
    const times = [Math.ceil(warmUp * scale), Math.ceil(count * scale)]
    return [
      node('client', 'replay/replay.mjs', ['client', 'raw', recording, ...times], {
        note: 'the app itself',
      }),
      node('raw JS', 'replay/replay.mjs', ['server', 'raw', recording, ...times], {
        note: 'a bare socket server: bytes made once, nothing compared',
      }),
      node('holdfast', 'replay/replay.mjs', ['server', 'holdfast', recording, ...times], {
        note: 'replay(file)',
      }),
    ]
  },
}
