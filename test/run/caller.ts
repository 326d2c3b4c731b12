import type { Engine } from '../../src/engine/engine.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { ImageRequest } from '../../src/run/image/make-local.ts'
import type { PullRequest } from '../../src/run/image/pull-attempts.ts'
import type { SharedRequest } from '../../src/run/image/shared-pull.ts'
import { type ImageName, parseReference } from '../../src/run/reference.ts'
import { EngineGrace } from '../../src/run/retry.ts'
import { noConfig } from './making.ts'
import { skipPause } from './pauses.ts'

export function named(text: string): ImageName {
  const reference = parseReference(text)
  if (reference.kind !== 'name') throw new Error(`${text} is no name`)
  return reference
}

/** What a caller wants, where it is not `x:1`, missing, without credentials. */
export interface Wants {
  text?: string
  reason?: PullRequest['reason']
  options?: ImageRequest['options']
  isLocal?: SharedRequest['isLocal']
  /** Pauses before a retry go on until the test ends them. */
  holdPauses?: boolean
}

/** A caller that waits for a pull, and may leave. */
export interface Caller<T> {
  readonly events: RunEvent[]
  readonly end: Promise<T>
  /** Once it has heard an event of that type, that many times. */
  heard(type: RunEvent['type'], times?: number): Promise<void>
  leave(reason: unknown): void
}

/** Asks for a pull, by whatever function does it. */
export function caller<T>(
  pull: (request: PullRequest & SharedRequest) => Promise<T>,
  engine: Engine,
  { text = 'x:1', reason = 'missing', options = {}, isLocal, holdPauses = false }: Wants = {},
): Caller<T> {
  const controller = new AbortController()
  const events: RunEvent[] = []
  const watchers = new Set<() => void>()
  const emit = (event: RunEvent) => {
    events.push(event)
    if (!holdPauses) skipPause(event)
    for (const watch of watchers) watch()
  }
  const request = {
    engine,
    reference: named(text),
    reason,
    options: { config: noConfig, ...options },
    signal: controller.signal,
    emit,
    grace: new EngineGrace(emit, options.engineGrace),
    secrets: { hold() {} },
    isLocal,
  }
  const end = pull(request)
  end.catch(() => undefined)
  return {
    events,
    end,
    leave: reason => controller.abort(reason),
    heard(type, times = 1) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const watch = () => events.filter(event => event.type === type).length >= times && resolve()
      watchers.add(watch)
      watch()
      return promise
    },
  }
}
