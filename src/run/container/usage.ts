import type { Stats } from '../../engine/wire.ts'
import type { Usage } from '../execution.ts'
import type { RunContext } from '../run-context.ts'

/** What a container uses, about once a second, until it ends. */
export async function containerUsage(
  { engine, grace }: Pick<RunContext, 'engine' | 'grace'>,
  id: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Usage>> {
  return usages(await grace.untilAnswered(() => engine.containers.stats(id, { signal }), { signal }))
}

async function* usages(samples: AsyncIterable<Stats>): AsyncGenerator<Usage, void, undefined> {
  for await (const { cpu_stats, memory_stats } of samples) {
    const { usage, max_usage } = memory_stats
    yield { cpuSeconds: cpu_stats.cpu_usage.total_usage / 1e9, memory: max_usage ?? usage }
  }
}
