import { isStatus } from '../engine/error.ts'
import { unlessAborted } from '../engine/http/signals.ts'
import { conclude } from './conclude.ts'
import { durationText } from './duration.ts'
import { RestartWatch } from './engine-away.ts'
import {
  type Execution,
  ExecutionFailed,
  type ExecutionState,
  type OutputSource,
  StartRefused,
} from './execution.ts'
import { HoldfastError } from './failure.ts'
import { type Feed, feed, inputLost } from './input.ts'
import { defaultStopGrace } from './options.ts'
import { ResumingSource } from './output/resume.ts'
import { SilenceWatch } from './output/silence.ts'
import { followResources } from './resources.ts'
import { readResult } from './result.ts'
import { within } from './retry.ts'
import type { Run } from './run-state.ts'

/** Milliseconds that the Engine has to say that a container which it has stopped has ended. */
const stopPatience = 10_000

/** Shared, because creating an Error captures a stack. */
const hasExited = new Error('the container has exited')

/** Runs an execution to its end: connected to, and waited for, before it starts. */
export async function follow(run: Run, execution: Execution): Promise<void> {
  const { record, output, signal, emit } = run
  const giveUpOnReader = () => output.giveUpOnReader()
  let input: Feed | undefined
  signal.addEventListener('abort', giveUpOnReader)
  try {
    const { opened, startSpan } = await begin(run, execution, () => {
      emit({ type: 'phase', phase: 'attach' })
      return execution.open()
    })
    record.execution = execution
    emit({ type: 'started', container: execution.id })
    emit({ type: 'phase', phase: 'run' })
    using _ = followResources(run, execution)
    const exited = new AbortController()
    const { streams } = execution
    const restarts = new RestartWatch(run, execution)
    const resuming =
      streams &&
      new ResumingSource(
        opened.output,
        {
          execution: streams,
          grace: run.grace,
          exited: exited.signal,
          onGap: reason => emit({ type: 'gap', reason }),
          onLost: delivered => {
            emit({ type: 'interrupted', delivered })
            input?.lost()
          },
          onResumed: source => emit({ type: 'resumed', source }),
          restarted: () => restarts.look(),
        },
        opened,
      )
    output.open(watched(run, resuming ?? opened.output))
    input = feed(run, opened.input)
    const { exitCode, failure } = await endOf(run, execution)
    exited.abort(hasExited)
    if (exitCode !== null) emit({ type: 'exited', exitCode })
    const { isPending } = input
    input.stop()
    await output.finish()
    let isGone = false
    const state = await within(stopPatience, patience => execution.state(patience)).catch(
      (error): Partial<ExecutionState> => {
        isGone = isStatus(error, 404)
        return {}
      },
    )
    record.noteName(state.name)
    if (isPending && endedLater(state, resuming?.endedAt, startSpan)) throw inputLost()
    if (run.options.result !== undefined) await readResult(run, execution, run.options.result)
    if (failure !== undefined) {
      signal.throwIfAborted()
      throw failure
    }
    await conclude(run, execution, { ...state, isGone, loggedUntil: resuming?.loggedUntil }, restarts)
  } finally {
    signal.removeEventListener('abort', giveUpOnReader)
    record.execution = undefined
    input?.stop()
    execution.close()
  }
}

/** The output, and under `idleTimeout` the end of a run whose container prints nothing for too long. */
function watched({ options, grace, end }: Run, source: OutputSource): OutputSource {
  const { idleTimeout: limit = 0 } = options
  if (limit === 0) return source
  const onSilence = () => {
    const hint = 'It was stopped. Give it a longer idle timeout, or find out what it waits for.'
    const message = `the container printed nothing for ${durationText(limit)}`
    end(new HoldfastError('timeout', message, { hint, limit: 'idleTimeout' }))
  }
  return new SilenceWatch(source, { limit, isAway: () => grace.isAway, onSilence })
}

/** Starts an execution that a later run is to follow. */
export async function startDetached(run: Run, execution: Execution): Promise<void> {
  try {
    await begin(run, execution, async () => undefined)
    run.emit({ type: 'started', container: execution.id })
  } finally {
    execution.close()
  }
}

async function begin<T>(
  { record, signal, emit }: Run,
  execution: Execution,
  open: () => Promise<T>,
): Promise<{ opened: T; startSpan: { sent: number; answered: number } }> {
  try {
    signal.throwIfAborted()
    const opened = await open()
    signal.throwIfAborted()
    emit({ type: 'phase', phase: 'start' })
    record.mayRun = true
    const sent = Date.now()
    await execution.start()
    return { opened, startSpan: { sent, answered: Date.now() } }
  } catch (error) {
    if (error instanceof StartRefused) {
      record.mayRun = false
      record.exitCode = error.exitCode
    }
    if (error instanceof ExecutionFailed) record.mayRun = false
    throw error
  }
}

/** How it ended: its exit status, or a failure of the execution itself. */
async function endOf(
  run: Run,
  execution: Execution,
): Promise<{ exitCode: number | null; failure?: ExecutionFailed }> {
  try {
    return { exitCode: await exitOf(run, execution) }
  } catch (failure) {
    if (!(failure instanceof ExecutionFailed)) throw failure
    if (failure.exitCode === null) run.record.mayRun = false
    return { exitCode: failure.exitCode, failure }
  }
}

/** The exit status; a run that is cancelled or out of time has its execution stopped first. */
async function exitOf(run: Run, execution: Execution): Promise<number> {
  const exited = execution.wait()
  try {
    return await unlessAborted(exited, run.signal)
  } catch (error) {
    if (!run.signal.aborted) throw error
  }
  await stop(run, execution)
  return within(stopPatience, patience => unlessAborted(exited, patience)).catch(error => {
    if (error instanceof ExecutionFailed) throw error
    run.emit({
      type: 'warning',
      message: `the Engine does not say whether the container has ended: ${error.message}`,
    })
    throw run.signal.reason
  })
}

async function stop({ options, signal, emit }: Run, execution: Execution): Promise<void> {
  const { stopGrace = defaultStopGrace } = options
  emit({ type: 'stopping', grace: stopGrace })
  await execution.stop(stopGrace).catch(error => {
    emit({ type: 'warning', message: `the container could not be stopped: ${error.message}` })
    throw signal.reason
  })
}

/**
 * Whether the container ended after its stream did: the container's end closes its streams, so something in between has
 * cut them. By the Engine's clock, which the start was seen by.
 */
function endedLater(
  { startedAt, finishedAt }: Partial<ExecutionState>,
  streamEnded: number | undefined,
  { sent, answered }: { sent: number; answered: number },
): boolean {
  if (startedAt === undefined || finishedAt === undefined || streamEnded === undefined) return false
  const sameClock = startedAt >= sent && startedAt <= answered
  const ahead = sameClock ? 0 : startedAt - answered
  const uncertain = sameClock ? 0 : answered - sent
  return finishedAt - ahead - uncertain > streamEnded
}
