import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chapters } from '../catalog.ts'
import type { Results, WorkloadResult } from '../harness/results.ts'
import { chart } from './chart.ts'
import { header } from './header.ts'
import { skippedRows, workloadTable } from './table.ts'
import { tally, verdicts, verdictTable } from './verdicts.ts'

const docs = join(import.meta.dirname, '../../docs')

/** Writes docs/performance.md and its charts. */
export function writePage(results: Results): void {
  const folder = join(docs, 'performance')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(docs, 'performance.md'), page(results))
  for (const result of results.workloads) {
    const drawn = chart(result)
    if (drawn !== undefined) writeFileSync(join(folder, `${result.id}.svg`), drawn)
  }
}

/** The page, whose charts are in the folder beside it. */
export function page(results: Results): string {
  const judged = verdicts(results, true)
  const byId = new Map(results.workloads.map(result => [result.id, result]))
  return [
    '# Performance',
    '',
    'Written by `npm run bench -- --write`. Each contender is a process of its own; they are measured in turns (A B C, A B',
    'C), and a cell gives the median and the range of the rounds. Absolute figures are those of one machine; the ratios are',
    'the point. How it is done, and the settings of each contender: [bench/README.md](../bench/README.md) and below.',
    '',
    ...header(results.machine).map(line => `- ${line}`),
    '',
    '## Goals',
    '',
    `${tally(judged)}. A goal is judged by the middle half of the rounds' ratios: where the bound lies within, the range is too`,
    'wide to judge.',
    '',
    verdictTable(judged),
    ...Object.entries(chapters).flatMap(([name, workloads]) => {
      const present = workloads.flatMap(({ id }) => byId.get(id) ?? [])
      return present.length === 0 ? [] : ['', `## ${name}`, ...present.flatMap(section)]
    }),
    '',
  ].join('\n')
}

function section(result: WorkloadResult): string[] {
  const { id, title, about, server, contenders } = result
  if (server.lacks !== undefined) return ['', `### ${title}`, '', `${about} Skipped: ${server.lacks}.`]
  const notes = contenders.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]))
  return [
    '',
    `### ${title}`,
    '',
    about,
    '',
    ...(chart(result) === undefined ? [] : [`![${title}](performance/${id}.svg)`, '']),
    workloadTable(result),
    '',
    ...[...notes, ...skippedRows(contenders)].map(note => `- ${note}`),
  ]
}
