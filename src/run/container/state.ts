import type { ExecutionState } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** What the Engine knows of a container. */
export async function containerState(
  { engine, grace }: RunContext,
  id: string,
  signal?: AbortSignal,
): Promise<ExecutionState> {
  const { State } = await grace.untilAnswered(() => engine.containers.inspect(id, { signal }), { signal })
  const { Status, OOMKilled: oomKilled, FinishedAt } = State
  if (Status === 'created') return { phase: 'created', oomKilled, finishedAt: undefined }
  if (State.Running) return { phase: 'running', oomKilled, finishedAt: undefined }
  return { phase: 'ended', oomKilled, finishedAt: dateOf(FinishedAt) }
}

// Go's zero time, of the year 1, stands for never.
function dateOf(text = ''): number | undefined {
  const date = Date.parse(text)
  return date > 0 ? date : undefined
}
