import { chapters } from '../catalog.ts'
import type { WorkloadResult } from '../harness/results.ts'
import { tolerableLoad } from '../harness/verdict.ts'
import { skippedRows, workloadTable } from './table.ts'

/** A workload's results, for a terminal. */
export function showWorkload(result: WorkloadResult): void {
  const { id, title, about, server, contenders, busy, took } = result
  console.log(`\n${title} (${id}, ${took.toFixed(0)} s)\n${about}`)
  if (server.lacks !== undefined) {
    console.log(`skipped: ${server.lacks}`)
    return
  }
  if (busy > tolerableLoad)
    console.log(`Something else keeps ${busy.toFixed(1)} CPUs busy: times can't be trusted.`)
  console.log(workloadTable(result))
  for (const line of skippedRows(contenders)) console.log(line)
}

/** What there is to run. */
export function showList(): void {
  for (const [chapter, workloads] of Object.entries(chapters)) {
    console.log(chapter)
    for (const { id, title, server } of workloads)
      console.log(`  ${id.padEnd(26)} ${title.padEnd(44)} ${server}`)
  }
}

/** A line on the terminal that the next one takes the place of; nothing where there is no terminal. */
export function tell(words: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${words}`)
}

export function clearTold(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
}
