import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { boolean } from '../values/scalar.ts'
import { withEngine } from '../with-engine.ts'
import { oneJob } from './job-operand.ts'

/** What the flags of `holdfast rm` say. */
export interface RmFlags extends EngineFlags {
  force?: boolean
}

export const rm: Command<RmFlags> = {
  name: 'rm',
  operands: '[OPTIONS] JOB',
  about: 'Remove a job: its container with its anonymous volumes, its output, its outcome',
  flags: [
    {
      name: 'force',
      short: 'f',
      about: 'Remove a job that has not ended, too; it is killed',
      ...set(itself<RmFlags>, 'force', boolean),
    },
    ...engineFlags,
  ],
  completes: 'job',
  exits: [
    ['0', 'the job is gone'],
    ['125', 'holdfast or the Engine failed'],
  ],
  examples: ['holdfast rm nightly'],
  target: () => ({ engine: {} }),
  async run({ force = false, ...flags }, operands) {
    const job = oneJob(rm, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      await jobs(engine).remove(job, { force })
      return 0
    })
  },
}
