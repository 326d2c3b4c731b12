import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { jsonText, print } from '../terminal/print.ts'
import { boolean } from '../values/scalar.ts'
import { withEngine } from '../with-engine.ts'
import { noOperand } from './job-operand.ts'
import { jobTable } from './job-table.ts'

/** What the flags of `holdfast ps` say. */
export interface PsFlags extends EngineFlags {
  json?: boolean
}

export const ps: Command<PsFlags> = {
  name: 'ps',
  operands: '[OPTIONS]',
  about: 'List the jobs of all runners on the Engine, with their owners',
  flags: [
    {
      name: 'json',
      about: 'Print a JSON array, with an object for each job',
      ...set(itself<PsFlags>, 'json', boolean),
    },
    ...engineFlags,
  ],
  exits: [
    ['0', 'done'],
    ['125', 'holdfast or the Engine failed'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: ['holdfast ps', "holdfast ps --json | jq '.[] | select(.ownerAlive == false)'"],
  target: () => ({ engine: {} }),
  async run(flags, operands) {
    noOperand(ps, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      const list = await jobs(engine).list()
      return print(flags.json ? jsonText(list) : jobTable(list))
    })
  },
}
