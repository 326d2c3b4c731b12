import { setImmediate as turn } from 'node:timers/promises'
import { mergeContainer } from '../../run/container/body.ts'
import type { RunEvent } from '../../run/events.ts'
import type { Job } from '../../run/job.ts'
import { defaultStopGrace, type RunOptions } from '../../run/options.ts'
import type { Outcome } from '../../run/outcome.ts'
import { connect } from '../connect.ts'
import { exitStatus } from '../exit-status.ts'
import { explainFailure } from '../explain.ts'
import { registryUserOf } from '../flags/image.ts'
import { refuseUnknown } from '../flags/newer.ts'
import type { RunFlags } from '../flags/run.ts'
import { quote } from '../quote.ts'
import { type CidFile, openCidFile } from '../terminal/cid-file.ts'
import { copyOut, OutputError } from '../terminal/copy-out.ts'
import { openKeyboard } from '../terminal/keyboard.ts'
import { setRun } from '../terminal/log.ts'
import { complain, print, say } from '../terminal/print.ts'
import { openProgress } from '../terminal/progress/progress.ts'
import { routeSignals, type SignalRoute, signalNumber } from '../terminal/signals.ts'
import { followSize, type TerminalSize } from '../terminal/size.ts'
import { registryPassword } from './registry-password.ts'

/** The output is printed: it is kept only where the result is made of it. */
export function keepsOutput({ result }: RunOptions): boolean {
  return typeof result === 'string'
}

/**
 * Runs a job in this terminal: its output to stdout and stderr, stdin and signals to it; `note` gets each event. Resolves with
 * the exit status, too.
 */
export async function runJob(
  request: RunOptions,
  flags: RunFlags,
  note: (event: RunEvent) => void,
): Promise<{ outcome: Outcome; status: number }> {
  const { interactive = false, quiet = false, engine: where } = flags
  const registryUser = registryUserOf(flags)
  const tty = request.container?.Tty ?? false
  const { run } = await import('../../run/run.ts')
  const leaveRunning = () => {
    keyboard.end()
    progress.end()
    say(`the job ${request.job} goes on: holdfast wait ${request.job}`)
    process.exit(0)
  }
  const keyboard = openKeyboard(interactive, tty, { keys: flags.detachKeys, onDetach: leaveRunning })
  const progress = openProgress({ mode: flags.progress ?? 'auto', quiet })
  const signals = routeSignals(line => progress.say(line), {
    quiet,
    outlivesHangup: request.job !== undefined,
    grace: request.stopGrace || defaultStopGrace,
    init: request.container?.HostConfig?.Init === true,
  })
  const engine = await connect(where, message => {
    if (!quiet) progress.say(`warning: ${message}`)
  })
  const password = registryUser === undefined ? undefined : registryPassword(registryUser)
  const outputLost = new AbortController()
  let size: TerminalSize | undefined
  let cidfile: CidFile | undefined
  try {
    if (flags.cidfile !== undefined) cidfile = openCidFile(flags.cidfile)
    await refuseUnknown(engine, request.container ?? {}, signals.abort)
    const job = run({
      ...(tty ? withConsoleSize(request) : request),
      engine,
      config: where.config,
      credentials: password?.lookup,
      stdin: keyboard.input,
      signal: AbortSignal.any([signals.abort, outputLost.signal]),
      capture: keepsOutput(request) ? undefined : 0,
      reject: false,
      onEvent(event) {
        note(event)
        progress.onEvent(event)
        if (event.type === 'recorded') progress.say(recordedText(event.file))
        if (event.type === 'gap') progress.say(`output may be missing: ${event.reason}`)
        if (event.type === 'created' || event.type === 'adopted') cidfile?.write(event.container)
        if (event.type !== 'started') return
        password?.end()
        // Swarm sends no signal to a task: the first one ends the run, which removes the service.
        if (request.swarm === undefined) signals.toContainer(job, event.container)
        if (tty) size = followSize(job)
      },
    })
    setRun(job.id)
    const delivery = deliver(job, flags.attach, outputLost)
    const outcome = await job
    progress.end()
    const stopped = outcome.kind === 'timeout' || outcome.kind === 'cancelled'
    const outputError = await (stopped ? Promise.race([delivery, exitWhereUnread()]) : delivery)
    const status = statusOf(outcome, outputError, signals)
    if (request.detach && outcome.kind === 'ok') {
      return { outcome, status: await print(`${outcome.container?.id}\n`) }
    }
    return { outcome, status: flags.failOnGap ? failOnGap(outcome, status) : status }
  } finally {
    progress.end()
    cidfile?.end()
    size?.end()
    keyboard.end()
    password?.end()
    signals.end()
    await engine.close()
  }
}

function recordedText(file: string): string {
  return `the run failed: its conversation with the Engine is in ${file} (holdfast replay ${quote(file)})`
}

/** Gives the container's terminal the size of ours before it starts. */
function withConsoleSize(request: RunOptions): RunOptions {
  const { isTTY, rows, columns } = process.stdout
  if (!isTTY) return request
  return {
    ...request,
    container: mergeContainer({ HostConfig: { ConsoleSize: [rows, columns] } }, request.container ?? {}),
  }
}

/** Milliseconds to wait for a reader of our stdout or stderr that has stopped reading, once the job is over. */
const drainLimit = 1_000

/** Ends the process after {@link drainLimit} where output is unread: a pending write would keep it alive. */
async function exitWhereUnread(): Promise<undefined> {
  await turn()
  if (process.stdout.writableLength + process.stderr.writableLength === 0) return undefined
  setTimeout(() => process.exit(), drainLimit).unref()
  return undefined
}

/** Copies the job's output to stdout and stderr. Kills the job when they can't be written to any more, as SIGPIPE would. */
async function deliver(
  job: Job,
  streams: RunFlags['attach'],
  outputLost: AbortController,
): Promise<OutputError | undefined> {
  try {
    await copyOut(job.chunks({ reuse: true }), streams)
    return undefined
  } catch (error) {
    if (!(error instanceof OutputError)) throw error
    // The kill fails where the container is not running: the signal then ends the run.
    await job.kill('SIGKILL').catch(() => undefined)
    outputLost.abort(error)
    return error
  }
}

function failOnGap({ gaps }: Outcome, status: number): number {
  if (status !== 0 || gaps.length === 0) return status
  complain(['the job ended with status 0, and part of its output is missing (--fail-on-gap)'])
  return 125
}

/** The exit status; says on stderr why the run failed. */
function statusOf(outcome: Outcome, outputError: OutputError | undefined, signals: SignalRoute): number {
  const { failure } = outcome
  const endedBy = signals.endedBy()
  if (outputError?.code === 'EPIPE') return 128 + signalNumber('SIGPIPE')
  if (outputError !== undefined) {
    complain([
      outputError.message,
      'The container was killed, as its output could go nowhere. Is the disk full?',
    ])
    return 125
  }
  if (outcome.kind === 'cancelled' && endedBy !== undefined) {
    complain([`ended by ${endedBy}${whenEnded(outcome)}`])
  } else if (outcome.kind === 'cancelled' && signals.killed()) {
    complain(['killed by a second signal'])
  } else if (
    failure !== null &&
    (failure.kind !== 'exit' || failure.hint !== undefined || isArray(outcome))
  ) {
    complain(explainFailure(failure), failure.kind)
  }
  return exitStatus(outcome, endedBy)
}

function whenEnded({ exitCode, swarm, container }: Outcome): string {
  if (swarm !== null) return container?.removed ? ': the service was removed' : ''
  return exitCode === null
    ? ' before the container ran'
    : ` as the container started: it ended with ${exitCode}`
}

/** Of several tasks the exit status alone does not say which has failed. */
function isArray({ swarm }: Outcome): boolean {
  return swarm !== null && swarm.tasks.length > 1
}
