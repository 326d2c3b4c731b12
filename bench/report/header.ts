import type { MachineFacts } from '../harness/machine.ts'
import { tolerableLoad } from '../harness/verdict.ts'

/** The machine, the versions and the load of a run. */
export function header(machine: MachineFacts): string[] {
  const { cpu, cores, memory, kernel, node, date, versions, engineDisk, load, busy } = machine
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${cpu}, ${cores} CPUs, ${Math.round(memory / 2 ** 30)} GiB, Linux ${kernel}, Node ${node}, ${date} UTC`,
    `${names.join(', ')}`,
    `The Engine keeps its data ${engineDisk}.`,
    `Before the run: load ${load.toFixed(2)}, other processes kept ${busy.toFixed(2)} CPUs busy${
      busy > tolerableLoad ? ': too many to judge times' : ''
    }.`,
  ]
}
