import type { LogQuery } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** The bytes of a container's log, with timestamps. */
export async function logWithTimestamps(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  { follow, tail, signal }: LogQuery,
): Promise<AsyncIterable<Uint8Array>> {
  const query = { stdout: true, stderr: true, timestamps: true, follow, ...(tail !== undefined && { tail }) }
  const path = `/containers/${encodeURIComponent(id)}/logs`
  const request = { method: 'GET', path, query, signal } as const
  return (await grace.untilAnswered(() => engine.request(request), { signal })).body
}
