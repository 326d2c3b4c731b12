import { endedAway, memoryPatience, type RestartWatch, statusLost, unknownStatus } from './engine-away.ts'
import type { Execution, ExecutionState } from './execution.ts'
import { HoldfastError } from './failure.ts'
import type { RunOptions } from './options.ts'
import { isCutShort } from './output/log-rest.ts'
import { isUnanswered, pauseFor, within } from './retry.ts'
import type { Run } from './run-state.ts'

/** Milliseconds in which an Engine that has stopped its containers goes away itself, and between two looks. */
const stoppingTime = 1_500
const pollInterval = 250

/** The end of an execution. */
interface End extends Partial<ExecutionState> {
  /** Its container has been removed by then. */
  isGone: boolean
  /** The timestamp of the last message that was read from its log; undefined for none. */
  loggedUntil: string | undefined
}

/** Turns the exit into the run's result; throws where it is a failure. */
export async function conclude(
  run: Run,
  execution: Execution,
  end: End,
  restarts: RestartWatch,
): Promise<void> {
  const { record, signal, options, emit } = run
  const { exitCode } = record
  record.oomKilled = end.oomKilled ?? false
  if (isLogCutShort(end))
    emit({ type: 'gap', reason: 'the Engine gave up writing the log: its end may be missing' })
  await restarts.look()
  const isUnseen = endedAway(end, run.grace) && (await isEndUnseen(run, execution, end))
  if (isUnseen)
    emit({
      type: 'gap',
      reason: 'the container ended while the Engine was away: what it printed then may be lost',
    })
  signal.throwIfAborted()
  if (isUnseen && exitCode === unknownStatus) {
    record.exitCode = null
    throw statusLost()
  }
  if (exitCode === 0 || options.skipExitCodes?.some(skipped => skipped === exitCode)) return
  throw await failureOf(run, execution, end)
}

async function failureOf(run: Run, execution: Execution, end: End): Promise<HoldfastError> {
  const { record, grace } = run
  const { exitCode, oomKilled } = record
  const ended = `the container ended with status ${exitCode}`
  if (oomKilled)
    return new HoldfastError('exit', `${ended}, out of memory`, {
      hint: memoryHint(run.options),
    })
  const withoutRestore = 'An Engine without live-restore ends its containers when it is stopped.'
  if (endedAway(end, grace))
    return new HoldfastError('exit', `${ended}, while the Engine was away and may have ended it`, {
      hint: withoutRestore,
    })
  const killed = !record.signalled && (exitCode === 137 || exitCode === 143)
  if (killed && (end.isGone || end.isGoing))
    return new HoldfastError(
      'lost',
      `the container was lost: it was removed while it ran (status ${exitCode})`,
      {
        hint: "Something else removed it, as docker rm does: see the Engine's log, `journalctl -u docker`.",
      },
    )
  if (killed && (await isStopping(run, patience => execution.endSeen({ ...end, exitCode }, patience))))
    return new HoldfastError('exit', `${ended}, while the Engine was being stopped and may have ended it`, {
      hint: withoutRestore,
    })
  return new HoldfastError('exit', ended)
}

function memoryHint({ container, memory }: RunOptions): string {
  const limit = container?.HostConfig?.Memory ?? memory
  if (!limit)
    return 'It has no limit of its own: the host ran out of memory. Limit it (memory, -m), or let it use less.'
  const size = `${Math.round((limit / 2 ** 20) * 10) / 10} MiB`
  return `It may use ${size} (memory, -m). Give it more, or let it use less.`
}

/** Whether the Engine goes away, or has been away since it reported the end. */
async function isStopping(
  { engine, signal }: Run,
  endSeen: (signal: AbortSignal) => Promise<boolean>,
): Promise<boolean> {
  try {
    if (!(await within(memoryPatience, endSeen))) return true
    for (const deadline = performance.now() + stoppingTime; performance.now() < deadline; ) {
      await within(memoryPatience, patience => engine.system.ping({ signal: patience }))
      await pauseFor(pollInterval, signal)
    }
    return false
  } catch (error) {
    return isUnanswered(error)
  }
}

/** Whether the Engine that runs now did not see the execution end. */
async function isEndUnseen(
  { record: { exitCode } }: Run,
  execution: Execution,
  state: Partial<ExecutionState>,
): Promise<boolean> {
  if (exitCode === null || exitCode === unknownStatus) return true
  const end = { ...state, exitCode }
  return !(await within(memoryPatience, patience => execution.endSeen(end, patience)).catch(() => false))
}

/** Whether the log that the output was continued from may lack its end. */
function isLogCutShort({ finishedAt, loggedUntil }: End): boolean {
  if (finishedAt === undefined || loggedUntil === undefined) return false
  return isCutShort(finishedAt, loggedUntil)
}
