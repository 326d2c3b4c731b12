import type { MachineFacts } from '../harness/machine.ts'
import { tolerableLoad } from '../harness/verdict.ts'

/** Where a run was made, and of what. */
export function header(machine: MachineFacts): string[] {
  const { cpu, cores, memory, kernel, node, date, versions, stub, engineDisk, load, busy } = machine
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${cpu}, ${cores} CPUs, ${Math.round(memory / 2 ** 30)} GiB, Linux ${kernel}, Node ${node}, ${date} UTC`,
    `${names.join(', ')}`,
    `The stub is ${stub}; a real Engine keeps its data ${engineDisk}.`,
    `Before the run: load ${load.toFixed(2)}, ${busy.toFixed(2)} CPUs busy with other things${
      busy > tolerableLoad ? ': too many to judge times' : ''
    }.`,
  ]
}
