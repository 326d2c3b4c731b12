import { durationText } from './duration.ts'
import { HoldfastError } from './failure.ts'
import { Timer } from './timer.ts'

/** How long a run may go on: until the caller's signal, or the time limit. */
export interface Lifetime extends Disposable {
  /** Aborted with a {@link HoldfastError} whose kind says which. */
  readonly signal: AbortSignal
  /** Ends the run with that failure. */
  end(failure: HoldfastError): void
}

export function lifetime(caller: AbortSignal | undefined, timeout = 0, what = 'the run'): Lifetime {
  const controller = new AbortController()
  const cancel = () =>
    controller.abort(new HoldfastError('cancelled', `${what} was cancelled`, { cause: caller?.reason }))
  const expire = () => controller.abort(timedOut(timeout))
  const timer = timeout > 0 ? new Timer(timeout, expire) : undefined
  if (caller?.aborted) cancel()
  else caller?.addEventListener('abort', cancel, { once: true })
  return {
    signal: controller.signal,
    end: failure => controller.abort(failure),
    [Symbol.dispose]() {
      timer?.stop()
      caller?.removeEventListener('abort', cancel)
    },
  }
}

function timedOut(timeout: number): HoldfastError {
  const hint = 'Give the run more time, or find out what it waits for.'
  const message = `the run took longer than ${durationText(timeout)}`
  return new HoldfastError('timeout', message, { hint, limit: 'timeout' })
}
