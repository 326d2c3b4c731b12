import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags, graceFlag } from '../flags/engine.ts'
import { print, sayWarning } from '../terminal/print.ts'
import { withEngine } from '../with-engine.ts'
import { oneJob } from './job-operand.ts'

/** What the flags of `holdfast wait` say. */
export interface WaitFlags extends EngineFlags {
  engineGrace?: number
}

export const wait: Command<WaitFlags> = {
  name: 'wait',
  operands: '[OPTIONS] JOB',
  about: 'Wait for the end of a job, print its outcome as a line of JSON, exit with its status',
  flags: [graceFlag, ...engineFlags],
  completes: 'job',
  exits: [
    ['0-255', "the container's own"],
    ['125', 'holdfast or the Engine failed'],
  ],
  examples: ['holdfast wait nightly', 'holdfast wait nightly | jq .finishedAt'],
  target: () => ({ engine: {} }),
  async run({ engineGrace, ...flags }, operands) {
    const job = oneJob(wait, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      const result = await jobs(engine).wait(job, { engineGrace, onEvent: sayWarning })
      return (await print(`${JSON.stringify(result)}\n`)) || result.exitCode
    })
  },
}
