import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Results, WorkloadResult } from '../harness/results.ts'
import { median, paired } from '../harness/statistics.ts'
import { figure } from '../harness/verdict.ts'
import { header } from './header.ts'
import { skippedRows, workloadTable } from './table.ts'
import { tally, verdicts, verdictTable } from './verdicts.ts'

const root = join(import.meta.dirname, '../..')

/** Writes docs/performance.md and bench/RESULTS.md. */
export function writePages(results: Results): void {
  writeFileSync(join(root, 'docs/performance.md'), fiveNumbers(results))
  writeFileSync(join(root, 'bench/RESULTS.md'), tables(results))
}

function fiveNumbers(results: Results): string {
  const of = (id: string, metric: string, contender = 'holdfast') =>
    results.workloads.find(workload => workload.id === id)?.contenders.find(({ name }) => name === contender)
      ?.values[metric] ?? []
  const value = (...of_: Parameters<typeof of>) => figure(median(of(...of_)))
  const by = (id: string, metric: string, contender: string) =>
    figure(median(paired(of(id, metric), of(id, metric, contender), (ours, theirs) => ours / theirs)))
  const peaks = ['output', 'lines', 'logs', 'put-big', 'get-big'].map(id => Math.max(...of(id, 'peak')))
  return `# Performance

Five numbers, from one machine; the ratios carry further than the figures.

- **Start**: \`holdfast run\` of a local image takes ${value('start', 'wall')} ms from start to end on an Engine that answers at once;
  an empty Node process takes ${value('start', 'wall', 'empty Node')} ms, a Node process with dockerode ${value('start', 'wall', 'dockerode')} ms.
- **A job**: ${value('job', 'cpu')} ms of CPU in the client on a real Engine, ${by('job', 'cpu', 'dockerode')} times dockerode's. The Engine itself takes most of the
  ${value('job', 'each')} ms that a job lasts.
- **A quiet job**: ${value('fleet-2000', 'memory')} KiB of memory for each of 2,000 in one process.
- **Output**: 1 GiB from a real Engine without a log driver in ${value('output', 'time')} s and ${value('output', 'cpu')} s of CPU, which is ${by('output', 'cpu', 'dockerode')} times
  dockerode's and ${by('output', 'cpu', 'docker')} times the docker command's. With the log driver json-file the Engine is the limit.
- **Memory**: at most ${figure(Math.max(...peaks))} MiB for 1 GiB of output, log or archive, and no more for larger ones.

${header(results.machine)
  .map(line => `- ${line}`)
  .join('\n')}

All tables and the goals: [bench/RESULTS.md](../bench/RESULTS.md). How they are measured: [bench/README.md](../bench/README.md).
`
}

function tables(results: Results): string {
  const judged = verdicts(results, true)
  return [
    '# Results',
    '',
    'Written by `npm run bench -- --write`; [README.md](README.md) says how it is measured. A cell gives the median and the',
    'range of the rounds; less is better.',
    '',
    ...header(results.machine).map(line => `- ${line}`),
    '',
    '## Goals',
    '',
    `${tally(judged)}.`,
    '',
    verdictTable(judged),
    ...results.workloads.flatMap(section),
    '',
  ].join('\n')
}

function section(result: WorkloadResult): string[] {
  const { title, about, server, contenders } = result
  if (server.lacks !== undefined) return ['', `## ${title}`, '', `${about} Skipped: ${server.lacks}.`]
  const notes = contenders.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]))
  const rows = [...notes, ...skippedRows(contenders)].map(note => `- ${note}`)
  return ['', `## ${title}`, '', about, '', workloadTable(result), ...(rows.length > 0 ? ['', ...rows] : [])]
}
