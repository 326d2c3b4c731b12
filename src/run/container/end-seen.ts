import type { ExecutionState } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** Milliseconds after a container's end within which the Engine notes the event. */
const noted = 1_000

/**
 * Whether the Engine that runs now followed the container to its end. An Engine remembers the events since its own start; one
 * that finds a container ended when it starts notes no event, or one with another status.
 */
export async function endSeen(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  { exitCode, startedAt = 0, finishedAt = 0 }: Partial<ExecutionState> & { exitCode: number },
  signal: AbortSignal,
): Promise<boolean> {
  const filters = { container: [id], event: ['die'] }
  const since = String(Math.floor(startedAt / 1000))
  const until = String(Math.ceil((finishedAt + noted) / 1000))
  const events = () => engine.system.events({ filters, since, until, signal })
  for await (const { Actor } of await grace.untilAnswered(events, { signal }))
    if (Actor.Attributes?.exitCode === String(exitCode)) return true
  return false
}
