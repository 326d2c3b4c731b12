import type { Swept } from '../../run/jobs/sweep.ts'
import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { print } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { duration } from '../values/duration.ts'
import { boolean } from '../values/scalar.ts'
import { withEngine } from '../with-engine.ts'
import { noOperand } from './job-operand.ts'
import { ownerText } from './job-table.ts'

/** What the flags of `holdfast sweep` say. */
export interface SweepFlags extends EngineFlags {
  older?: number
  force?: boolean
}

export const sweep: Command<SweepFlags> = {
  name: 'sweep',
  operands: '[OPTIONS]',
  about: 'Show, and with --force remove, the jobs that dead runners left, and old finished ones',
  flags: [
    {
      name: 'older',
      about: 'Take finished jobs too that ended at least DURATION ago',
      ...set(itself<SweepFlags>, 'older', duration),
    },
    {
      name: 'force',
      about: 'Remove them. Default: only show them',
      ...set(itself<SweepFlags>, 'force', boolean),
    },
    ...engineFlags,
  ],
  exits: [
    ['0', 'done'],
    ['125', 'holdfast or the Engine failed, or a job could not be removed'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: ['holdfast sweep --older 7d', 'holdfast sweep --older 7d --force'],
  target: () => ({ engine: {} }),
  async run({ older, force = false, ...flags }, operands) {
    noOperand(sweep, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      let count = 0
      let status = 0
      for await (const swept of jobs(engine).sweep({ older, force })) {
        count++
        if (swept.error !== undefined) status = 125
        const printed = await print(`${line(swept, force)}\n`)
        if (printed !== 0) return printed
      }
      if (force || count === 0) return status
      return print(
        `${count === 1 ? '1 job' : `${count} jobs`}; nothing was removed: holdfast sweep --force removes\n`,
      )
    })
  },
}

function line({ job, why, removed, error }: Swept, force: boolean): string {
  const done = removed ? 'removed' : force ? 'not removed' : 'would remove'
  const name = job.key === null ? job.container.slice(0, 12) : printable(job.key)
  const reason = why === 'orphaned' ? `owner ${ownerText(job)}` : 'old'
  return `${done}: ${name}, ${job.state}, ${reason}${error === undefined ? '' : `: ${printable(error)}`}`
}
