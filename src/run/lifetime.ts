import { durationText } from './duration.ts'
import { HoldfastError } from './failure.ts'

/** How long a run may go on: until the caller's signal, or the time limit. */
export interface Lifetime extends Disposable {
  /** Aborted with a {@link HoldfastError} whose kind says which. */
  readonly signal: AbortSignal
  /** Ends the run with that failure. */
  end(failure: HoldfastError): void
}

// Node's timers end at once when they are asked for more.
const longestTimer = 2 ** 31 - 1

export function lifetime(caller: AbortSignal | undefined, timeout = 0, what = 'the run'): Lifetime {
  const controller = new AbortController()
  const cancel = () =>
    controller.abort(new HoldfastError('cancelled', `${what} was cancelled`, { cause: caller?.reason }))
  const expire = () => controller.abort(timedOut(timeout))
  let timer: NodeJS.Timeout | undefined
  const arm = (left: number) => {
    const slice = Math.min(left, longestTimer)
    timer = setTimeout(() => (left > slice ? arm(left - slice) : expire()), slice)
  }
  if (timeout > 0) arm(timeout)
  if (caller?.aborted) cancel()
  else caller?.addEventListener('abort', cancel, { once: true })
  return {
    signal: controller.signal,
    end: failure => controller.abort(failure),
    [Symbol.dispose]() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', cancel)
    },
  }
}

function timedOut(timeout: number): HoldfastError {
  const hint = 'Give the run more time, or find out what it waits for.'
  const message = `the run took longer than ${durationText(timeout)}`
  return new HoldfastError('timeout', message, { hint, limit: 'timeout' })
}
