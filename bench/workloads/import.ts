import { join } from 'node:path'
import { holdfastRoot } from '../harness/checkout.ts'
import { node } from '../harness/contender.ts'
import { peak } from '../harness/metrics.ts'
import type { Metric, Workload } from '../harness/workload.ts'

const time: Metric = {
  key: 'import',
  label: 'import',
  unit: 'ms',
  better: 'less',
  of: ({ seconds }) => seconds && seconds * 1000,
}

export const importTime: Workload = {
  id: 'import',
  title: 'Import',
  about: 'How long `await import()` of the package takes in a process that has loaded nothing else.',
  server: 'none',
  rounds: 15,
  metrics: [time, peak],
  contenders() {
    const of = (name: string, what: string, more = {}) => node(name, 'import/import.mjs', [what], more)
    return [
      of('node:http', 'node:http'),
      of('holdfast', join(holdfastRoot, 'dist/index.js'), { note: 'undici comes with the first request' }),
      of('undici', join(holdfastRoot, 'node_modules/undici/index.js'), {
        note: 'the whole of it, which holdfast does not load',
      }),
      of('dockerode', 'dockerode', { needs: ['dockerode'] }),
      of('testcontainers', 'testcontainers', { needs: ['testcontainers'] }),
    ]
  },
}
