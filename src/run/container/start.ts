import { EngineError } from '../../engine/error.ts'
import { StartRefused } from '../execution.ts'
import { asRefusal, HoldfastError } from '../failure.ts'
import { isUnanswered, mayHaveArrived } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { hintOfRefusal, isNotOfCommand, statusOfRefusal } from '../start-status.ts'
import { containerState } from './state.ts'

/** Starts a created container, with its secrets in place. */
export async function startContainer(context: RunContext, id: string): Promise<void> {
  const { secretFiles } = context
  const start = () => startConfirmed(context, id)
  if (secretFiles === undefined) return start()
  const { startWithSecrets } = await import('./secrets.ts')
  await startWithSecrets(context, id, secretFiles, start)
}

/** When the Engine's answer is lost, the container's state says whether it has started. */
async function startConfirmed(context: RunContext, id: string): Promise<void> {
  const { engine, grace, overdue: signal } = context
  let lost = false
  const start = async () => {
    if (lost && (await containerState(context, id, signal)).phase !== 'created') return
    await engine.containers.start(id, { signal }).catch(error => {
      lost ||= mayHaveArrived(error)
      throw error
    })
  }
  await grace.untilAnswered(start, { signal }).catch(error => startRefused(context, id, error))
}

/**
 * Throws the Engine's refusal to start, or to attach: Podman makes the container's process when it is attached to, and
 * says there what Docker says at the start.
 */
export async function startRefused(context: RunContext, id: string, error: unknown): Promise<never> {
  const refused = isRefusal(error)
  const exitCode = refused ? await startStatus(context, id, error.engineMessage ?? '') : null
  const failure = asRefusal(
    error,
    'start-failed',
    'the container could not be started',
    hintOfRefusal(exitCode),
  )
  throw failure instanceof HoldfastError && refused ? new StartRefused(exitCode, failure) : failure
}

function isRefusal(error: unknown): error is EngineError {
  const { code } = error instanceof EngineError ? error : {}
  return code === 'status' && !isUnanswered(error)
}

// Docker sets 126 or 127 on the container, as a shell would; Podman only says why, in the words of runc or crun.
async function startStatus(
  { engine, signal }: RunContext,
  id: string,
  engineMessage: string,
): Promise<number | null> {
  if (isNotOfCommand(engineMessage)) return null
  const { State } = await engine.containers.inspect(id, { signal }).catch(() => ({ State: { ExitCode: 0 } }))
  if (State.ExitCode === 126 || State.ExitCode === 127) return State.ExitCode
  return statusOfRefusal(engineMessage)
}
