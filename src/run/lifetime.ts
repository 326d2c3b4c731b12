import { Failure } from './failure.ts'

/** How long a run may go on: until the caller's signal, or the time limit. */
export interface Lifetime extends Disposable {
  /** Aborted with a {@link Failure} that tells which. */
  readonly signal: AbortSignal
  /** Ends the run with that failure. */
  end(failure: Failure): void
}

// Node's timers end at once when they are asked for more.
const longestTimer = 2 ** 31 - 1

export function lifetime(caller: AbortSignal | undefined, timeout: number | undefined): Lifetime {
  const controller = new AbortController()
  const cancel = () =>
    controller.abort(new Failure('cancelled', 'the run was cancelled', { cause: caller?.reason }))
  const expire = () => controller.abort(timedOut(timeout))
  let timer: NodeJS.Timeout | undefined
  const arm = (left: number) => {
    const slice = Math.min(left, longestTimer)
    timer = setTimeout(() => (left > slice ? arm(left - slice) : expire()), slice)
  }
  if (timeout !== undefined) arm(timeout)
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

function timedOut(timeout = 0): Failure {
  const hint = 'Its container was stopped. Give the run more time, or find out what it waits for.'
  return new Failure('timeout', `the run took longer than ${duration(timeout)}`, { hint })
}

/** As a person would write it: `250 ms`, `90 s`, `2 h 30 min`. */
function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  const seconds = ms / 1000
  if (seconds < 120) return `${seconds} s`
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, rest > 0 && `${rest} s`]
    .filter(Boolean)
    .join(' ')
}
