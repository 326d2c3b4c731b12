import { setImmediate } from 'node:timers/promises'
import { vi } from 'vitest'
import type { RunEvent } from '../../src/run/events.ts'
import type { Job } from '../../src/run/job.ts'
import type { RunOptions } from '../../src/run/options.ts'
import { run } from '../../src/run/run.ts'
import type { Program } from '../support/fake-container.ts'
import type { FakeEngine } from '../support/fake-engine.ts'
import { noConfig } from './making.ts'
import { skipPause } from './pauses.ts'

/** A run of `bb:1` on a fake Engine; one that fails resolves with its outcome. */
export function launch(engine: FakeEngine, options: Partial<RunOptions> = {}): Job {
  const onEvent = (event: RunEvent) => {
    skipPause(event)
    return options.onEvent?.(event)
  }
  return run({ engine: engine.host, image: 'bb:1', config: noConfig, reject: false, ...options, onEvent })
}

/** A listener, and a promise of the first such event that it hears of. */
export function hears(type: RunEvent['type']): { onEvent: (event: RunEvent) => void; heard: Promise<void> } {
  const { promise: heard, resolve } = Promise.withResolvers<void>()
  return { onEvent: event => event.type === type && resolve(), heard }
}

/** A program that prints and ends. */
export function prints(stdout: string, stderr = '', status = 0): Program {
  return async self => {
    if (stdout !== '') await self.out(stdout)
    if (stderr !== '') await self.err(stderr)
    return status
  }
}

/** A program that goes on until a signal ends it. */
export const forever: Program = () => new Promise(() => undefined)

/** A program that takes no notice of SIGTERM. */
export const stubborn: Program = async self => {
  for (;;) await self.signal()
}

/** Lets faked time pass until the promise has settled. */
export async function advanceTimers(until: PromiseLike<unknown>, step = 250): Promise<void> {
  let settled = false
  const settle = () => {
    settled = true
  }
  until.then(settle, settle)
  for (; !settled; await setImmediate()) vi.advanceTimersByTime(step)
}
