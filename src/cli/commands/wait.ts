import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { print, say } from '../terminal/print.ts'
import { withEngine } from '../with-engine.ts'
import { oneJob } from './job-operand.ts'

export const wait: Command<EngineFlags> = {
  name: 'wait',
  operands: '[OPTIONS] JOB',
  about: 'Wait for the end of a job, print its outcome as a line of JSON, exit with its status',
  flags: engineFlags,
  exits: [
    ['0-255', "the container's own"],
    ['125', 'holdfast or the Engine failed'],
  ],
  examples: ['holdfast wait nightly', 'holdfast wait nightly | jq .finishedAt'],
  target: () => ({ engine: {} }),
  async run(flags, operands) {
    const job = oneJob(wait, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      const result = await jobs(engine).wait(job, {
        onEvent: event => event.type === 'warning' && say(event.message),
      })
      return (await print(`${JSON.stringify(result)}\n`)) || result.exitCode
    })
  },
}
