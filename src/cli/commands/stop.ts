import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { duration } from '../values/duration.ts'
import { withEngine } from '../with-engine.ts'
import { oneJob } from './job-operand.ts'

/** What the flags of `holdfast stop` say. */
export interface StopFlags extends EngineFlags {
  grace?: number
}

export const stop: Command<StopFlags> = {
  name: 'stop',
  operands: '[OPTIONS] JOB',
  about: 'End a job: its stop signal, then a kill; the outcome stays until rm',
  flags: [
    {
      name: 'grace',
      about: "The time between the stop signal and the kill. Default: the container's own, mostly 10s",
      ...set(itself<StopFlags>, 'grace', duration),
    },
    ...engineFlags,
  ],
  completes: 'job',
  exits: [
    ['0', 'the job has ended'],
    ['125', 'holdfast or the Engine failed'],
  ],
  examples: ['holdfast stop nightly', 'holdfast stop --grace 2m nightly'],
  target: () => ({ engine: {} }),
  async run({ grace, ...flags }, operands) {
    const job = oneJob(stop, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      await jobs(engine).stop(job, grace === undefined ? {} : { grace })
      return 0
    })
  },
}
