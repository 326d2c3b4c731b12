import type { RunEvent } from '../../run/events.ts'
import type { RunOptions } from '../../run/options.ts'
import type { Outcome } from '../../run/outcome.ts'
import type { Command } from '../command.ts'
import { explain } from '../explain.ts'
import { inFlags } from '../flag-names.ts'
import { type RunFlags, runFlags } from '../flags/run.ts'
import { withProxies } from '../proxies.ts'
import type { EventLine, OutcomeFile } from '../records.ts'
import { openAudit } from '../terminal/audit.ts'
import { openLineFile } from '../terminal/files.ts'
import { stamp } from '../terminal/log.ts'
import { complain, print } from '../terminal/print.ts'
import { writeLines } from '../terminal/stdio.ts'
import { someImage } from './image-list.ts'
import { keepsOutput, runJob } from './run-job.ts'
import { dryRun, runRequest } from './run-request.ts'

export const run: Command<RunFlags> = {
  name: 'run',
  operands: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Run a container as a job',
  flags: runFlags,
  stops: true,
  completes: 'image',
  exits: [
    ['0-255', "the container's own"],
    ['124', '--timeout or --idle-timeout ran out'],
    ['125', 'holdfast or the Engine failed'],
    ['126', "the container's command can't be run"],
    ['127', "the container's command is not found"],
    ['130, 143', 'ended by SIGINT, SIGTERM before a container existed'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: [
    'holdfast run -v ./data:/data -e DAY=2026-11-23 alpine:3.22 wc -l /data/in.csv',
    'holdfast run --pull never --timeout 2h --outcome out.json batch:1.4',
    'holdfast run --job nightly-2026-11-23 batch:1.4',
    'holdfast run --swarm --replicas 20 --max-concurrent 5 batch:1.4',
    'holdfast run --pull refresh --max-stale 7d --pull-timeout connect=5s batch:1.4',
  ],
  target: () => ({ engine: {}, container: {}, options: {}, swarm: {} }),
  async run(flags, operands, context) {
    someImage(run, operands)
    const request = await withProxies(runRequest(flags, operands), flags.engine, context)
    if (flags.dryRun) return print(await dryRun(request, flags))
    const { outcome: file, append = false } = flags
    if (request.recordFailure !== undefined) {
      const { checkFile } = await import('./recording.ts')
      await checkFile('--record-failure', request.recordFailure)
    }
    const audit = await openAudit(flags)
    const report = file === undefined || file === '-' ? undefined : await openLineFile('--outcome', file)
    const events =
      flags.events === undefined ? undefined : await openLineFile('--events', flags.events, { append })
    const endFiles = async () => {
      const ends = await Promise.allSettled([report?.end(), events?.end(), audit.end()])
      return ends.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))
    }
    try {
      const note = (event: RunEvent) => {
        const line: EventLine = { ...stamp(), ...event }
        events?.write(line)
      }
      const { outcome, status } = await runJob(request, flags, note)
      const written = outcomeFile(outcome, request)
      report?.write(written)
      const failures = await endFiles()
      for (const failure of failures) complain(explain(failure))
      if (file === '-') writeLines(`${JSON.stringify(written)}\n`)
      // The job's own status: 125 would make a scheduler run it again.
      return status
    } finally {
      await endFiles()
    }
  },
}

/** The outcome as it is written. Output that was printed and not kept is null: it is not lost. */
function outcomeFile(outcome: Outcome, request: RunOptions): OutcomeFile {
  const failure = outcome.failure && inFlags(outcome.failure)
  const written = { ...outcome, failure }
  return keepsOutput(request) ? written : { ...written, stdout: null, stderr: null, dropped: null }
}
