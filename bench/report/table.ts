import type { ContenderResult, WorkloadResult } from '../harness/results.ts'
import { spread } from '../harness/statistics.ts'
import { figure } from '../harness/verdict.ts'

type Row = readonly string[]

/** A table as Markdown, whose columns line up as text, too. Figures stand on the right, after a column of names. */
export function table(rows: readonly Row[], content: 'words' | 'figures' = 'words'): string {
  const [head = []] = rows
  const widths = head.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const isLeft = (column: number) => column === 0 || content === 'words'
  const padded = (cell: string, column: number) =>
    isLeft(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
  const line = (row: Row) => `| ${row.map(padded).join(' | ')} |`
  const rule = widths.map((width, column) => '-'.repeat(width + 1) + (isLeft(column) ? '-' : ':'))
  return [line(head), `|${rule.join('|')}|`, ...rows.slice(1).map(line)].join('\n')
}

/** A workload's table: the middle of each metric, and its range where there is one. */
export function workloadTable({ metrics, contenders }: WorkloadResult): string {
  const head = ['', ...metrics.map(({ label, unit }) => (unit === '' ? label : `${label}, ${unit}`))]
  const measured = contenders.filter(({ skipped }) => skipped === undefined)
  const rows = measured.map(({ name, values }) => [name, ...metrics.map(({ key }) => cell(values[key]))])
  return table([head, ...rows], 'figures')
}

function cell(values: readonly number[] = []): string {
  if (values.length === 0) return ''
  const { median, least, most } = spread(values)
  const [middle, low, high] = [median, least, most].map(figure)
  return low === high ? `${middle}` : `${middle} (${low} to ${high})`
}

/** What was left out, and why. */
export function skippedRows(contenders: readonly ContenderResult[]): string[] {
  return contenders.flatMap(({ name, skipped }) =>
    skipped === undefined ? [] : [`${name} skipped: ${skipped}`],
  )
}
