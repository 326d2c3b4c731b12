import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags, graceFlag } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { copyOut, OutputError } from '../terminal/copy-out.ts'
import { complain, sayWarning } from '../terminal/print.ts'
import { signalNumber } from '../terminal/signals.ts'
import { boolean } from '../values/scalar.ts'
import { withEngine } from '../with-engine.ts'
import { oneJob } from './job-operand.ts'

/** What the flags of `holdfast logs` say. */
export interface LogsFlags extends EngineFlags {
  follow?: boolean
  engineGrace?: number
}

export const logs: Command<LogsFlags> = {
  name: 'logs',
  operands: '[OPTIONS] JOB',
  about: "Print a job's output, each stream to its own; JOB is a key or a container",
  flags: [
    {
      name: 'follow',
      short: 'f',
      about: 'Print what the job prints until its end, too',
      ...set(itself<LogsFlags>, 'follow', boolean),
    },
    graceFlag,
    ...engineFlags,
  ],
  completes: 'job',
  exits: [
    ['0', 'done'],
    ['125', 'holdfast or the Engine failed, or output is missing'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: ['holdfast logs nightly', 'holdfast logs -f nightly'],
  target: () => ({ engine: {} }),
  async run({ follow, engineGrace, ...flags }, operands) {
    const job = oneJob(logs, operands)
    const { jobs } = await import('../../run/jobs/jobs.ts')
    return withEngine(flags, async engine => {
      try {
        await copyOut(jobs(engine).logs(job, { follow, engineGrace, onEvent: sayWarning }))
        return 0
      } catch (error) {
        if (!(error instanceof OutputError)) throw error
        if (error.code === 'EPIPE') return 128 + signalNumber('SIGPIPE')
        complain([error.message, 'Is the disk full?'])
        return 125
      }
    })
  },
}
