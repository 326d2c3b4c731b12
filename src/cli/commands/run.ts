import { setImmediate as turn } from 'node:timers/promises'
import type { Job } from '../../run/job.ts'
import type { Outcome } from '../../run/outcome.ts'
import { run } from '../../run/run.ts'
import { connect } from '../connect.ts'
import { exitStatus } from '../exit-status.ts'
import { explain, explainFailure } from '../explain.ts'
import type { Invocation } from '../invocation.ts'
import { openAudit } from '../terminal/audit.ts'
import { copyOut, OutputError } from '../terminal/copy-out.ts'
import { openLineFile } from '../terminal/files.ts'
import { openKeyboard } from '../terminal/keyboard.ts'
import { complain } from '../terminal/print.ts'
import { openProgress } from '../terminal/progress/progress.ts'
import { routeSignals, type SignalRoute, signalNumber } from '../terminal/signals.ts'
import { followSize, type TerminalSize } from '../terminal/size.ts'
import { stdio } from '../terminal/stdio.ts'
import { registryPassword } from './registry-password.ts'

type RunInvocation = Invocation & { command: 'run' }

/** `holdfast run`: the container's streams are ours, and so is its exit status. */
export async function runCommand(invocation: RunInvocation): Promise<number> {
  const { outcome: file, audit: auditFile } = invocation
  const audit = await openAudit(auditFile)
  const report = file === undefined || file === '-' ? undefined : await openLineFile('--outcome', file)
  const endFiles = async () => {
    const ends = await Promise.allSettled([report?.end(), audit.end()])
    return ends.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))
  }
  try {
    const { outcome, status } = await runJob(invocation)
    report?.write(outcome)
    const failures = await endFiles()
    for (const failure of failures) complain(explain(failure))
    if (file === '-') stdio('stderr').write(`${JSON.stringify(outcome)}\n`)
    // A job that failed keeps its own status: it says more.
    return status === 0 && failures.length > 0 ? 125 : status
  } finally {
    await endFiles()
  }
}

async function runJob(invocation: RunInvocation) {
  const { run: request, interactive, registryUser, progress: mode, quiet, engine: where } = invocation
  const tty = request.tty ?? false
  const { config } = where
  const keyboard = openKeyboard(interactive, tty)
  const progress = openProgress({ mode, quiet })
  const signals = routeSignals(quiet, line => progress.say(line))
  const engine = connect(where)
  const password = registryUser === undefined ? undefined : registryPassword(registryUser)
  const undeliverable = new AbortController()
  let size: TerminalSize | undefined
  try {
    const job = run({
      ...request,
      engine,
      ...(config !== undefined && { config }),
      ...(password !== undefined && { credentials: password.lookup }),
      ...(keyboard.input !== undefined && { stdin: keyboard.input }),
      signal: AbortSignal.any([signals.abort, undeliverable.signal]),
      capture: 0,
      reject: false,
      onEvent(event) {
        progress.onEvent(event)
        if (event.type === 'gap') progress.say(`output may be missing: ${event.reason}`)
        if (event.type !== 'started') return
        signals.toContainer(job, event.container)
        if (tty) size = followSize(job)
      },
    })
    const delivery = deliver(job, undeliverable)
    const outcome = await job
    progress.end()
    const stopped = outcome.kind === 'timeout' || outcome.kind === 'cancelled'
    const trouble = await (stopped ? Promise.race([delivery, abandoned()]) : delivery)
    return { outcome, status: conclude(outcome, trouble, signals) }
  } finally {
    progress.end()
    size?.end()
    keyboard.end()
    password?.end()
    signals.end()
    await engine.close()
  }
}

/** Milliseconds that a reader who has stopped reading has for the rest of the output once the job is over. */
const lastPatience = 1_000

/** What such a reader has not taken is dropped: a write that is not taken would keep the process alive for ever. */
async function abandoned(): Promise<undefined> {
  await turn()
  if (process.stdout.writableLength + process.stderr.writableLength === 0) return undefined
  setTimeout(() => process.exit(), lastPatience).unref()
  return undefined
}

/** Copies the job's output out. When nobody takes it any more, the job ends as a program in a pipeline does. */
async function deliver(job: Job, undeliverable: AbortController): Promise<OutputError | undefined> {
  try {
    await copyOut(job.chunks({ reuse: true }))
    return undefined
  } catch (error) {
    if (!(error instanceof OutputError)) throw error
    // What the kill does not reach, the end of the run does.
    await job.kill('SIGKILL').catch(() => undefined)
    undeliverable.abort(error)
    return error
  }
}

function conclude(outcome: Outcome, trouble: OutputError | undefined, signals: SignalRoute): number {
  const { failure } = outcome
  const endedBy = signals.endedBy()
  if (trouble?.code === 'EPIPE') return 128 + signalNumber('SIGPIPE')
  if (trouble !== undefined) {
    complain([trouble.message, 'The container was killed, as its output could go nowhere. Is the disk full?'])
    return 125
  }
  if (outcome.kind === 'cancelled' && endedBy !== undefined) {
    complain([`ended by ${endedBy} before the container ran`])
  } else if (outcome.kind === 'cancelled' && signals.killed()) {
    complain(['killed by a second signal'])
  } else if (failure !== null && (failure.kind !== 'exit' || outcome.oomKilled)) {
    complain(explainFailure(failure))
  }
  return exitStatus(outcome, endedBy)
}
