import { Failure } from './failure.ts'

/** How long a run may go on: until the caller's signal, or the time limit. */
export interface Lifetime extends Disposable {
  /** Aborted with a {@link Failure} that tells which. */
  readonly signal: AbortSignal
  /** Ends the run with that failure. */
  end(failure: Failure): void
}

export function lifetime(caller: AbortSignal | undefined, timeout: number | undefined): Lifetime {
  const controller = new AbortController()
  const cancel = () =>
    controller.abort(new Failure('cancelled', 'the run was cancelled', { cause: caller?.reason }))
  const expire = () => controller.abort(new Failure('timeout', `the run took longer than ${timeout} ms`))
  const timer = timeout === undefined ? undefined : setTimeout(expire, timeout)
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
