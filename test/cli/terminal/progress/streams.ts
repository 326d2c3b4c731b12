import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent } from '../../../../src/run/events.ts'

type ProgressEvent = Extract<RunEvent, { type: 'progress' }>

interface Said {
  /** Milliseconds since the Engine was asked. */
  at: number
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
}

export const engines = ['docker-20.10', 'docker-28.5', 'docker-28.5-containerd', 'podman-4.3'] as const
/** What was pulled, one after the other; `retrying` met a layer that broke off, which ends a pull of Podman's. */
export const pulls = ['first', 'some-new', 'retrying', 'up-to-date'] as const

export const recordedImage = 'private.test:5000/app:1'

/** What a real Engine said of a pull, as the events that a run makes of it. */
export function recorded(engine: (typeof engines)[number], pull: (typeof pulls)[number]) {
  const text = readFileSync(join(import.meta.dirname, 'streams', engine, `${pull}.ndjson`), 'utf8')
  const lines = text
    .trim()
    .split('\n')
    .map((line): Said => JSON.parse(line))
  return lines.flatMap(({ at, id, status, progressDetail }) =>
    status === undefined ? [] : [{ at, event: { ...event(status, id), ...progressDetail } }],
  )
}

/** A line of a pull's progress. */
export function event(status: string, id?: string, current?: number, total?: number): ProgressEvent {
  return {
    type: 'progress',
    image: recordedImage,
    status,
    ...(id !== undefined && { id }),
    ...(current !== undefined && { current }),
    ...(total !== undefined && { total }),
  }
}
