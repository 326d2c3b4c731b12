import { afterEach, beforeEach, vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'

/** In the tests of this file, or of this describe block, pulls are retried at once, and all other timers stand still. */
export function skipPauses(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())
}

/** Ends the pause before a retry, which begins right after its event, where the timers are fake. */
export function skipPause(event: RunEvent): void {
  if (event.type === 'retry' && vi.isFakeTimers()) setImmediate(() => vi.advanceTimersByTime(event.delay))
}
