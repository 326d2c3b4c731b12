import { EngineError, isStatus } from '../../engine/error.ts'
import type { WaitResult } from '../../engine/wire.ts'
import { redactHeld } from '../../redact/held.ts'
import { HoldfastError } from '../failure.ts'
import { isUnanswered } from '../retry.ts'
import type { RunContext } from '../run-context.ts'

/** Answers to a wait that make no sense before that is the Engine's error. */
const badAnswers = 3

/**
 * The container's exit status, which only a wait can give. A wait that breaks off says nothing of the container: it is
 * registered again when the Engine is back. `exit` is the wait that was registered before the start.
 */
export async function followExit(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  exit: Promise<WaitResult> | undefined,
  signal: AbortSignal,
): Promise<number> {
  const again = async () => {
    const registered = await engine.containers.wait(id, { condition: 'not-running', signal })
    grace.noteAnswer()
    return registered.exit
  }
  let next = () => exit ?? again()
  let bad = 0
  const unanswered = (error: unknown): error is EngineError =>
    isUnanswered(error) || (error instanceof EngineError && error.code === 'bad-answer' && ++bad < badAnswers)
  const waitOnce = async () => {
    const pending = next()
    next = again
    return statusOf(await pending)
  }
  return grace.untilAnswered(waitOnce, { signal, unanswered }).catch(error => {
    signal.throwIfAborted()
    if (isStatus(error, 404)) throw lost('it is no longer on the Engine', error)
    throw isUnanswered(error) ? lost('the Engine stayed away', error) : error
  })
}

function statusOf({ StatusCode, Error: error }: WaitResult): number {
  if (!error?.Message) return StatusCode
  throw new HoldfastError(
    'engine-error',
    `the Engine lost sight of the container: ${redactHeld(error.Message)}`,
  )
}

function lost(why: string, cause: unknown): HoldfastError {
  return new HoldfastError('lost', `the container was lost: ${why}`, {
    hint: "See the Engine's log: `journalctl -u docker`.",
    cause,
  })
}
