import type { HostConfig } from '../../engine/wire.ts'
import { timeOf } from '../engine-time.ts'
import type { ExecutionState } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** What the Engine knows of a container. */
export async function containerState(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  signal?: AbortSignal,
): Promise<ExecutionState> {
  const inspect = () => engine.containers.inspect(id, { signal })
  const { Name, State, HostConfig } = await grace.untilAnswered(inspect, { signal })
  const { Status, OOMKilled: oomKilled, StartedAt, FinishedAt } = State
  const phase = Status === 'created' ? 'created' : State.Running ? 'running' : 'ended'
  const finishedAt = phase === 'ended' ? timeOf(FinishedAt) : undefined
  const name = Name ? { name: Name.replace(/^\//, '') } : {}
  const times = { startedAt: timeOf(StartedAt), finishedAt }
  const isGoing = Status === 'removing' || Status === 'dead'
  const log = { logRotates: rotates(HostConfig), followSkips: followSkips(HostConfig) }
  return { ...name, phase, oomKilled, ...times, isGoing, ...log }
}

/** Whether the Engine keeps the log in files that it rotates. */
export function followSkips(config: Partial<HostConfig> | undefined): boolean {
  const type = config?.LogConfig?.Type
  return type === 'local' || (type === 'json-file' && rotates(config))
}

// Only json-file keeps all, unless it is given a size.
function rotates({ LogConfig }: Partial<HostConfig> = {}): boolean {
  return LogConfig?.Type !== 'json-file' || LogConfig.Config?.['max-size'] !== undefined
}
