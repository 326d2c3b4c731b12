import type { ExecutionState } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

// An Engine keeps its last 256 events in memory, and none from before its own start (moby, daemon/events/events.go).

/** Milliseconds after a container's start or end within which the Engine notes the event. */
const noted = 1_000

/**
 * Whether the Engine that runs now followed the container to its end. An Engine that finds a container ended when it starts
 * notes no event, or one with another status.
 */
export async function endSeen(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  { exitCode, startedAt = 0, finishedAt = 0 }: Partial<ExecutionState> & { exitCode: number },
  signal: AbortSignal,
): Promise<boolean> {
  const query = eventsOf(id, 'die', startedAt, finishedAt)
  const events = () => engine.system.events({ ...query, signal })
  for await (const { Actor } of await grace.untilAnswered(events, { signal }))
    if (Actor.Attributes?.exitCode === String(exitCode)) return true
  return false
}

/**
 * Whether the Engine that runs now remembers the container's start. True of Podman: its service does not read the output of
 * containers, and may not return past events (4.3 does not).
 */
export async function startRemembered(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  { startedAt = 0 }: Partial<ExecutionState>,
  signal: AbortSignal,
): Promise<boolean> {
  const query = eventsOf(id, 'start', startedAt, startedAt)
  const request = { method: 'GET', path: '/events', query, signal } as const
  const { headers, body } = await grace.untilAnswered(() => engine.request(request), { signal })
  let isRemembered = 'libpod-api-version' in headers
  for await (const bytes of body) isRemembered ||= bytes.length > 0
  return isRemembered
}

/** The query for events between two times in milliseconds since 1970, by the Engine's clock. */
function eventsOf(id: string, event: 'start' | 'die', from: number, to: number) {
  return {
    filters: { container: [id], event: [event] },
    since: String(Math.floor(from / 1000)),
    until: String(Math.ceil((to + noted) / 1000)),
  }
}
