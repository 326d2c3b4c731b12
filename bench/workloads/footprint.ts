import { join } from 'node:path'
import { holdfastRoot } from '../harness/checkout.ts'
import { node } from '../harness/contender.ts'
import type { Workload } from '../harness/workload.ts'

const bench = join(import.meta.dirname, '..')

export const footprint: Workload = {
  id: 'footprint',
  title: 'Footprint',
  about:
    'What an installation puts on the disk, the package and all that it depends on, by the sizes of the files; and how large it is as one minified file (esbuild), native parts left out.',
  server: 'none',
  rounds: 1,
  cold: true,
  metrics: [
    {
      key: 'installed',
      label: 'installed',
      unit: 'MB',
      better: 'less',
      steady: true,
      of: s => s.installed && s.installed / 1e6,
    },
    { key: 'packages', label: 'packages', unit: '', better: 'less', steady: true, of: s => s.packages },
    {
      key: 'bundle',
      label: 'as one file',
      unit: 'kB',
      better: 'less',
      steady: true,
      of: s => s.bundle && s.bundle / 1e3,
    },
  ],
  contenders({ scratch }) {
    const out = join(scratch, 'bundle.mjs')
    const rival = (name: 'dockerode' | 'testcontainers') =>
      node(name, 'footprint/footprint.ts', [join(bench, 'node_modules', name), out], { needs: [name] })
    return [
      node('holdfast', 'footprint/footprint.ts', [holdfastRoot, out]),
      rival('dockerode'),
      rival('testcontainers'),
    ]
  },
}
