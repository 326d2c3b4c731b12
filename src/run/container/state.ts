import type { ExecutionState } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** What the Engine knows of a container. */
export async function containerState(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  signal?: AbortSignal,
): Promise<ExecutionState> {
  const { Name, State } = await grace.untilAnswered(() => engine.containers.inspect(id, { signal }), {
    signal,
  })
  const { Status, OOMKilled: oomKilled, StartedAt, FinishedAt } = State
  const phase = Status === 'created' ? 'created' : State.Running ? 'running' : 'ended'
  const finishedAt = phase === 'ended' ? dateOf(FinishedAt) : undefined
  const name = Name ? { name: Name.replace(/^\//, '') } : {}
  return { ...name, phase, oomKilled, startedAt: dateOf(StartedAt), finishedAt }
}

/** Milliseconds since 1970. Go's zero time, of the year 1, stands for never. */
export function dateOf(text = ''): number | undefined {
  const date = Date.parse(text)
  return date > 0 ? date : undefined
}
