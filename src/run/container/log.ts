import type { StampedLogQuery } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** The bytes of a container's log, with timestamps. */
export async function logWithTimestamps(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  { follow, tail, since, stream, signal }: StampedLogQuery,
): Promise<AsyncIterable<Uint8Array>> {
  const query = {
    stdout: stream !== 'stderr',
    stderr: stream !== 'stdout',
    timestamps: true,
    follow,
    tail,
    since: since && unixTime(since),
  }
  const path = `/containers/${encodeURIComponent(id)}/logs`
  const request = { method: 'GET', path, query, signal } as const
  return (await grace.untilAnswered(() => engine.request(request), { signal })).body
}

/** Seconds since 1970, with nine digits after the point. */
export function unixTime(timestamp: string): string {
  return `${Date.parse(`${timestamp.slice(0, 19)}Z`) / 1_000}.${timestamp.slice(20).padEnd(9, '0')}`
}
