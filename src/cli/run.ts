import { setImmediate as turn } from 'node:timers/promises'
import { connect } from '../engine/engine.ts'
import type { Job } from '../run/job.ts'
import type { Outcome } from '../run/outcome.ts'
import { run } from '../run/run.ts'
import { openAudit } from './audit.ts'
import { copyOut, OutputError } from './copy-out.ts'
import { exitStatus } from './exit-status.ts'
import { explainFailure } from './explain.ts'
import { openLineFile } from './files.ts'
import type { Invocation } from './invocation.ts'
import { openKeyboard } from './keyboard.ts'
import { narrator } from './narrator.ts'
import { complain, say } from './print.ts'
import { routeSignals, signalNumber } from './signals.ts'
import { followSize, type TerminalSize } from './terminal-size.ts'

type RunInvocation = Invocation & { command: 'run' }

/** `holdfast run`: the container's streams are ours, and so is its exit status. */
export async function runCommand(invocation: RunInvocation): Promise<number> {
  const { outcome: file, audit: auditFile } = invocation
  const audit = await openAudit(auditFile)
  const report = file === undefined || file === '-' ? undefined : await openLineFile('--outcome', file)
  try {
    const { outcome, status } = await runJob(invocation)
    report?.write(outcome)
    if (file === '-') process.stderr.write(`${JSON.stringify(outcome)}\n`)
    return status
  } finally {
    await report?.end()
    await audit.end()
  }
}

async function runJob({ run: request, interactive, quiet, engine: where }: RunInvocation) {
  const tty = request.tty ?? false
  const { config } = where
  const keyboard = openKeyboard(interactive, tty)
  const signals = routeSignals(quiet)
  const engine = connect(where)
  const narrate = narrator(quiet ? () => undefined : say)
  let size: TerminalSize | undefined
  try {
    const job = run({
      ...request,
      engine,
      ...(config !== undefined && { config }),
      ...(keyboard.input !== undefined && { stdin: keyboard.input }),
      signal: signals.abort,
      capture: 0,
      reject: false,
      onEvent(event) {
        narrate(event)
        if (event.type === 'gap') say(`output may be missing: ${event.reason}`)
        if (event.type !== 'started') return
        signals.toContainer(job, event.container)
        if (tty) size = followSize(job)
      },
    })
    const delivery = deliver(job)
    const outcome = await job
    const stopped = outcome.kind === 'timeout' || outcome.kind === 'cancelled'
    const trouble = await (stopped ? Promise.race([delivery, abandoned()]) : delivery)
    return { outcome, status: conclude(outcome, trouble, signals.endedBy()) }
  } finally {
    size?.end()
    keyboard.end()
    signals.end()
    await engine.close()
  }
}

/** What a reader who has stopped reading has not taken is dropped, or it would keep the process alive. */
async function abandoned(): Promise<undefined> {
  await turn()
  for (const stream of [process.stdout, process.stderr]) if (stream.writableLength > 0) stream.destroy()
  return undefined
}

/** Copies the job's output out. When nobody takes it any more, the job ends as a program in a pipeline does. */
async function deliver(job: Job): Promise<OutputError | undefined> {
  try {
    await copyOut(job.chunks())
    return undefined
  } catch (error) {
    if (!(error instanceof OutputError)) throw error
    await job.kill('SIGKILL')
    return error
  }
}

function conclude(
  outcome: Outcome,
  trouble: OutputError | undefined,
  endedBy: NodeJS.Signals | undefined,
): number {
  const { failure } = outcome
  if (trouble?.code === 'EPIPE') return 128 + signalNumber('SIGPIPE')
  if (trouble !== undefined) {
    complain([trouble.message, 'The container was killed, as its output could go nowhere. Is the disk full?'])
    return 125
  }
  if (outcome.kind === 'cancelled' && endedBy !== undefined) {
    complain([`ended by ${endedBy} before the container ran`])
  } else if (outcome.kind === 'cancelled') {
    complain(['killed by a second signal'])
  } else if (failure !== null && (failure.kind !== 'exit' || outcome.oomKilled)) {
    complain(explainFailure(failure))
  }
  return exitStatus(outcome, endedBy)
}
