import { durationText } from './duration.ts'
import { HoldfastError } from './failure.ts'
import { Timer } from './timer.ts'

/** How long a run may go on: until the caller's signal, or the time limit. */
export interface Lifetime extends Disposable {
  /** Aborted with a {@link HoldfastError} whose kind says which. */
  readonly signal: AbortSignal
  /** Aborted some time after `signal`, with its reason. */
  readonly overdue: AbortSignal
  /** Ends the run with that failure. */
  end(failure: HoldfastError): void
}

/** Milliseconds to wait for a response after the end: what was created or started has to be removed. */
const patience = 5_000

export function lifetime(caller: AbortSignal | undefined, timeout = 0, what = 'the run'): Lifetime {
  const controller = new AbortController()
  const later = new AbortController()
  let late: NodeJS.Timeout | undefined
  const end = (failure: HoldfastError) => {
    controller.abort(failure)
    late ??= setTimeout(() => later.abort(controller.signal.reason), patience)
  }
  const cancel = () => end(new HoldfastError('cancelled', `${what} was cancelled`, { cause: caller?.reason }))
  const expire = () => end(timedOut(timeout))
  const timer = timeout > 0 ? new Timer(timeout, expire) : undefined
  if (caller?.aborted) cancel()
  else caller?.addEventListener('abort', cancel)
  return {
    signal: controller.signal,
    overdue: later.signal,
    end,
    [Symbol.dispose]() {
      timer?.stop()
      clearTimeout(late)
      caller?.removeEventListener('abort', cancel)
    },
  }
}

function timedOut(timeout: number): HoldfastError {
  const hint = 'Give the run more time, or find out what it waits for.'
  const message = `the run took longer than ${durationText(timeout)}`
  return new HoldfastError('timeout', message, { hint, limit: 'timeout' })
}
