import type { Execution } from './execution.ts'
import { pauseFor } from './retry.ts'
import type { Run } from './run-state.ts'

/** Milliseconds until a stream of figures that broke off is asked for again. */
const pause = 1_000

/** Notes what the execution uses until it is disposed of; undefined without the option `resources`. */
export function followResources(run: Run, execution: Execution): Disposable | undefined {
  if (!run.options.resources) return undefined
  const over = new AbortController()
  void follow(run, execution, over.signal)
  return { [Symbol.dispose]: () => over.abort() }
}

async function follow({ record }: Run, execution: Execution, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { cpuSeconds, memory } of await execution.usage(signal)) {
        // The last figures of a container that has ended are zeros.
        const { cpuSeconds: earlier = 0, memoryPeak = null } = record.resources ?? {}
        if (cpuSeconds < earlier || (cpuSeconds === 0 && !memory)) continue
        const peak = memory === undefined ? memoryPeak : Math.max(memory, memoryPeak ?? 0)
        record.resources = { cpuSeconds, memoryPeak: peak }
      }
    } catch {
      // The figures are a help, not the job: what there was of them by then stays.
    }
    await pauseFor(pause, signal).catch(() => undefined)
  }
}
