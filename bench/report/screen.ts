import { workloads } from '../catalog.ts'
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
    console.log(`Other processes keep ${busy.toFixed(1)} CPUs busy: times can't be trusted.`)
  console.log(workloadTable(result))
  for (const line of skippedRows(contenders)) console.log(line)
}

export function showList(): void {
  for (const { id, title, server, onRequest } of workloads)
    console.log(`${id.padEnd(14)}${title.padEnd(48)}${server}${onRequest ? ', on request' : ''}`)
}

/** Replaces the terminal's last line; does nothing where stderr is not a terminal. */
export function showStatus(words: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${words}`)
}

export function clearStatus(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K')
}
